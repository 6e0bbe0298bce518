import type { CheckResult, Connector } from '../contracts/connector.ts'
import type { Context } from '../contracts/context.ts'
import type { Json } from '../contracts/json.ts'
import { runGraph } from '../contracts/run-graph-of.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { NewRow } from '../ports/ledger.ts'
import { RUN_MODES } from '../ports/run-mode.ts'
import { pullPages } from '../streams/pull-pages.ts'
import { asMillraceError, describeIssues } from './failure.ts'
import { type Account, openAccount } from './open-account.ts'
import type { Work } from './open-work.ts'
import { replayStep } from './replay-step.ts'
import { rowFacts } from './row-facts.ts'
import { backfillOf, stepsOf } from './run-options.ts'
import { windowedKey } from './windowed-key.ts'

/**
 * Enumerates the units of a step and commits them as they come. Interrupted, it starts over: units that exist already are
 * not born twice. Each unit's window is frozen here, by the provider's clock.
 */
export async function planStep(work: Work): Promise<void> {
  const { connector, step, engine } = work
  if (work.lease().mode === 'replay') return replayStep(work)
  const account = await openAccount(work)
  const planning = account.context({ until: new Date(engine.clock.now()) })
  if (isFirst(work, planning)) {
    const found = await checkAccount(connector, planning)
    if (found) engine.log.info({ ...rowFacts(work.lease()), account: found.account, notes: found.notes }, 'Connected.')
  }

  let units: unknown[] = []
  for await (const { page: unit } of pullPages(step.units(planning), { signal: work.signal })) {
    units.push(unit)
    if (units.length < engine.limits.unitsPerCommit) continue
    const births = await unitRows(work, account, planning, units)
    if (!(await work.commit({ row: { to: 'leased' }, births }))) return
    units = []
  }
  await work.commit({ row: { to: 'done' }, births: await unitRows(work, account, planning, units) })
}

/** What is thrown there is not said of the step. */
async function checkAccount(connector: Connector, planning: Context<unknown>): Promise<CheckResult | undefined> {
  try {
    return await connector.check(planning, { thorough: false })
  } catch (error) {
    throw asMillraceError(error, `check the account of ${connector.name}`, true)
  }
}

/** The credentials are checked once in a run: before its first step is planned. */
function isFirst({ connector, step, lease }: Work, { config, options }: Context<unknown>): boolean {
  const { mode, options: chosen } = lease()
  const { steps } = runGraph(connector, config, options, { mode, ...stepsOf(chosen) })
  return steps.find((other) => other.after.length === 0)?.name === step.name
}

/** Rows of the units that are due, each with its window. */
async function unitRows(
  work: Work,
  { fetch }: Account,
  { config }: Context<unknown>,
  units: readonly unknown[],
): Promise<readonly NewRow[]> {
  const { step, engine, connector } = work
  const lease = work.lease()
  const { reads, movesWatermark } = RUN_MODES[lease.mode]
  const backfill = backfillOf(lease.options)
  // What the provider's clock says is known once it answered something. If not, the unit's own answers correct the end.
  const byOurClock = !fetch.knowsSkew()
  const until = backfill?.to ?? new Date(engine.clock.now() + fetch.skewMs())
  const keyed = units.map((unit) => {
    const parsed = step.unit.safeParse(unit)
    if (!parsed.success) {
      throw new MillraceError('INVALID_UNIT', {
        message: `Failed to plan ${step.name}: a unit does not match its schema: ${describeIssues(parsed.error)}.`,
      })
    }
    return { unit: unit as Json, key: step.unitKey(parsed.data) }
  })
  const watermarks =
    reads !== 'changes'
      ? new Map<string, Date>()
      : await engine.ledger.watermarks(
          lease,
          keyed.map(({ key }) => key),
        )
  // Whoever allows deletions has looked into a census that was refused, and does not want to wait for the next one.
  const intervalMs = lease.options.allowDeletions === true ? 0 : step.intervalMs(config)
  return keyed.flatMap(({ unit, key }) => {
    const watermark = watermarks.get(key)
    if (watermark && until.getTime() - watermark.getTime() < intervalMs) return []
    const since = watermark ? new Date(watermark.getTime() - connector.overlapMs) : (backfill?.from ?? null)
    const window = { since, until }
    const payload = { unit, ...(!movesWatermark && { apart: true }), ...(byOurClock && { byOurClock }) }
    const unique = movesWatermark ? key : windowedKey(key, window)
    return [{ step: step.name, jobType: 'extract', payload, key: unique, window } as const]
  })
}
