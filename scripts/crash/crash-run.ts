import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { createIntegration, ENGINE, seedTenant, tenant } from '@millrace/sink-postgres'
import { type EndState, readTenantEndState } from '../../examples/host/src/testing/end-state.ts'
import type { CrashSystem } from './crash-system.ts'
import type { Fault, FaultKind } from './fault-plan.ts'
import { type Absence, rowsLostDuring, takeOversAfter } from './lease-audit.ts'

/** What came of one run. */
export interface CrashRun {
  readonly end: EndState
  /** Rows that were settled in it. */
  readonly settled: number
  readonly durationMs: number
  /** Faults that struck before it was over. */
  readonly struck: readonly FaultKind[]
  /** How long each row waited that was taken over from a dead worker. */
  readonly takeOversMs: readonly number[]
  /** Rows that workers lost while they were stopped. */
  readonly lostWhilePaused: number
  readonly violations: readonly string[]
}

/** A run that nothing disturbs. */
export interface Undisturbed {
  readonly end: EndState
  readonly settled: number
}

const PAGE = 10
const LOOK_EVERY_MS = 40
const LONGEST_RUN_MS = 240_000

interface Progress {
  readonly overall: string
  readonly state: string | null
  readonly settled: number
}

/** $1 job */
const PROGRESS = `
  SELECT j.overall, r.state, coalesce((SELECT sum(s.done + s.dead) FROM etl_run_steps s WHERE s.run_id = r.id), 0)::integer AS settled
    FROM etl_jobs j LEFT JOIN etl_runs r ON r.id = j.last_run_id WHERE j.connector = 'jira'`

/** Somebody sets the job due while it runs: schedulers must leave it alone. $1 tenant */
const DUE_AGAIN = `UPDATE etl_jobs SET next_run_at = millrace_now() WHERE connector = 'jira' AND overall = 'RUNNING'`

/** What must never be, of all jobs so far. */
const FORBIDDEN = `
  SELECT
    (SELECT count(*) FROM etl_jobs WHERE overall = 'RUNNING') AS "jobs left RUNNING",
    (SELECT count(*) FROM etl_job_queue WHERE status IN ('pending', 'leased')) AS "rows left unsettled",
    (SELECT count(*) FROM (SELECT job_id FROM etl_runs GROUP BY job_id HAVING count(*) > 1) twice) AS "jobs run twice",
    (SELECT count(*) FROM etl_run_steps WHERE planned <> done + dead) AS "stages whose counters do not add up"`

/**
 * Sets up a tenant with an account at the site, whose job is due at once, lets the schedulers start it, strikes, and waits for
 * the end.
 */
export async function crashRun(
  system: CrashSystem,
  {
    name,
    faults,
    undisturbed,
  }: { readonly name: string; readonly faults: readonly Fault[]; readonly undisturbed?: Undisturbed },
): Promise<CrashRun> {
  const { db, secrets, site } = system
  const begun = performance.now()
  const tenantId = await seedTenant(db, { name })
  const account = { baseUrl: site.url, username: site.username, credentials: { apiToken: site.apiToken } }
  const settings = { issuesPerPage: PAGE }
  await createIntegration(db, { tenantId, secrets, name: 'Site', type: 'jira', ...account, settings })

  const violations: string[] = []
  const look = async (): Promise<Progress | undefined> => {
    // While the database is away, nobody knows.
    const [found] = await db.query<Progress>(tenant(tenantId), PROGRESS).catch(() => [])
    return found
  }
  const ended = (progress: Progress | undefined): boolean =>
    progress !== undefined && progress.state !== null && progress.state !== 'running'
  const reached = async (point: number): Promise<void> => {
    const wanted = point * (undisturbed?.settled ?? 0)
    while (performance.now() - begun < LONGEST_RUN_MS) {
      const progress = await look()
      if (point === 0 || ended(progress) || (progress?.state && progress.settled >= wanted)) return
      await sleep(LOOK_EVERY_MS)
    }
  }

  const deaths: Absence[] = []
  const pauses: Absence[] = []
  const struck: FaultKind[] = []
  for (const fault of faults) {
    await reached(fault.at)
    await sleep(fault.afterMs)
    // A run that is over cannot be disturbed any more.
    if (ended(await look())) break
    await db.query(tenant(tenantId), DUE_AGAIN).catch(() => undefined)
    const absence = await system.strike(fault)
    struck.push(fault.kind)
    if (absence?.until) pauses.push(absence)
    else if (absence) deaths.push(absence)
  }
  let progress = await look()
  while (!ended(progress) && performance.now() - begun < LONGEST_RUN_MS) {
    await sleep(LOOK_EVERY_MS)
    progress = await look()
  }
  const durationMs = performance.now() - begun
  if (!ended(progress))
    violations.push(`the run did not end within ${LONGEST_RUN_MS / 1_000} s: ${JSON.stringify(progress)}`)
  await system.recovered()

  const end = await readTenantEndState(db, tenantId)
  if (undisturbed) violations.push(...differences(end, undisturbed.end))
  const [forbidden = {}] = await db.query<Record<string, number>>(ENGINE, FORBIDDEN)
  for (const [what, count] of Object.entries(forbidden)) if (Number(count) > 0) violations.push(`${count} ${what}`)
  const takeOversMs = (await Promise.all(deaths.map((death) => takeOversAfter(db, death)))).flat()
  const lost = await Promise.all(pauses.map((pause) => rowsLostDuring(db, pause)))
  const lostWhilePaused = lost.reduce((sum, rows) => sum + rows, 0)
  return { end, settled: progress?.settled ?? 0, durationMs, struck, takeOversMs, lostWhilePaused, violations }
}

/** Where two end states differ, part by part. */
function differences(found: EndState, expected: EndState): readonly string[] {
  const flat = (state: EndState): readonly (readonly [string, unknown])[] => {
    const { tables, ...others } = state
    return [...Object.entries(tables), ...Object.entries(others)]
  }
  const wanted = new Map(flat(expected))
  return flat(found).flatMap(([part, content]) =>
    isDeepStrictEqual(content, wanted.get(part))
      ? []
      : [`${part} differs: ${JSON.stringify(content)} instead of ${JSON.stringify(wanted.get(part))}`],
  )
}
