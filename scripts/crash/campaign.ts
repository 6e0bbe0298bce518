import { type CrashRun, crashRun } from './crash-run.ts'
import { type CrashSystemOptions, startCrashSystem } from './crash-system.ts'
import { FAULT_KINDS, type Fault, type FaultKind, planFaults } from './fault-plan.ts'
import { countStaleCommits } from './lease-audit.ts'

export interface CampaignOptions extends Omit<CrashSystemOptions, 'issues'> {
  readonly runs: number
  readonly seed: number
  /** Is told a line per run. */
  readonly report: (line: string) => void
}

/** What a campaign came to. */
export interface CampaignSummary {
  readonly seed: number
  readonly runs: number
  readonly staleAfterSeconds: number
  readonly kills: { readonly [kind in FaultKind]: number }
  /** Rows that were taken over from killed workers, and how long the last of them waited. */
  readonly takenOver: number
  readonly longestTakeOverMs: number
  /** Rows that stopped workers lost, and then could not commit. */
  readonly lostWhilePaused: number
  readonly staleCommits: number
  readonly seconds: number
  readonly violations: readonly string[]
}

const ISSUES = 150
/** What is promised. */
const LONGEST_TAKE_OVER_MS = 60_000

/**
 * Runs a job of a tenant after another over one set of servers and processes, and strikes each run as the seed says. Every
 * end state must be that of the first run, which nothing disturbed.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignSummary> {
  const { runs, seed, report, staleAfterSeconds } = options
  const begun = performance.now()
  await using system = await startCrashSystem({ ...options, issues: ISSUES })
  const undisturbed = await crashRun(system, { name: 'undisturbed', faults: [] })
  report(`undisturbed  ${seconds(undisturbed.durationMs)}  ${undisturbed.settled} rows`)
  const stored = undisturbed.end.tables.work_items?.rows
  const violations = [...undisturbed.violations]
  if (stored !== ISSUES) violations.push(`the undisturbed run stored ${stored} of ${ISSUES} issues`)

  const kills = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>
  const takeOvers: number[] = []
  let lostWhilePaused = 0
  for (let run = 0; run < runs; run += 1) {
    const faults = planFaults(seed, run)
    const result = await crashRun(system, { name: `run ${run}`, faults, undisturbed })
    for (const kind of result.struck) kills[kind] += 1
    takeOvers.push(...result.takeOversMs)
    lostWhilePaused += result.lostWhilePaused
    violations.push(...result.violations.map((violation) => `run ${run} of seed ${seed}: ${violation}`))
    report(lineOf(run, faults.slice(0, result.struck.length), result))
  }

  const staleCommits = await countStaleCommits(system.db)
  if (staleCommits > 0) violations.push(`${staleCommits} commits under a lease that was lost`)
  violations.push(...system.ownEnds())
  const longestTakeOverMs = Math.round(Math.max(0, ...takeOvers))
  if (longestTakeOverMs > LONGEST_TAKE_OVER_MS) violations.push(`a take-over took ${longestTakeOverMs} ms`)
  return {
    seed,
    runs,
    staleAfterSeconds,
    kills,
    takenOver: takeOvers.length,
    longestTakeOverMs,
    lostWhilePaused,
    staleCommits,
    seconds: Math.round((performance.now() - begun) / 1_000),
    violations,
  }
}

function lineOf(run: number, faults: readonly Fault[], result: CrashRun): string {
  const { durationMs, takeOversMs, lostWhilePaused, violations } = result
  const struck = faults.map(({ kind, at }) => `${kind}@${at.toFixed(2)}`).join(' ')
  const notes = [
    ...(takeOversMs.length > 0 ? [`${takeOversMs.length} taken over in ${seconds(Math.max(...takeOversMs))}`] : []),
    ...(lostWhilePaused > 0 ? [`${lostWhilePaused} lost while paused`] : []),
    violations.length === 0 ? 'ok' : `VIOLATED: ${violations.join('; ')}`,
  ]
  return `run ${String(run).padStart(2)}  ${seconds(durationMs)}  ${struck}  ${notes.join(', ')}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
