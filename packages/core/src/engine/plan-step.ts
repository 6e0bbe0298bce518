import type { Context } from '../contracts/context.ts'
import type { Json } from '../contracts/json.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { NewRow } from '../ports/ledger.ts'
import { pullPages } from '../streams/pull-pages.ts'
import { describeIssues } from './failure.ts'
import { type Account, openAccount } from './open-account.ts'
import type { Work } from './open-work.ts'
import { rowFacts } from './row-facts.ts'

/**
 * Enumerates the units of a step and commits them as they come. Interrupted, it starts over: units that exist already are
 * not born twice. Each unit's window is frozen here, by the provider's clock.
 */
export async function planStep(work: Work): Promise<void> {
  const { connector, step, engine } = work
  const account = await openAccount(work)
  const planning = account.context({ until: new Date(engine.clock.now()) })
  if (isFirst(work, planning)) {
    const found = await connector.check(planning)
    if (found) engine.log.info({ ...rowFacts(work.lease()), account: found.account, notes: found.notes }, 'Connected.')
  }

  let units: unknown[] = []
  for await (const { page: unit } of pullPages(step.units(planning), { signal: work.signal })) {
    units.push(unit)
    if (units.length < engine.limits.unitsPerCommit) continue
    const births = await unitRows(work, account, units)
    if (!(await work.commit({ row: { to: 'leased' }, births }))) return
    units = []
  }
  await work.commit({ row: { to: 'done' }, births: await unitRows(work, account, units) })
}

/** The credentials are checked once in a run: before its first step is planned. */
function isFirst({ connector, step }: Work, { config, options }: Context<unknown>): boolean {
  return connector.steps.find((other) => other.after.length === 0 && other.enabled(config, options)) === step
}

async function unitRows(work: Work, { fetch }: Account, units: readonly unknown[]): Promise<readonly NewRow[]> {
  const { step, engine, connector } = work
  const lease = work.lease()
  const until = new Date(engine.clock.now() + fetch.skewMs())
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
    lease.mode === 'full'
      ? new Map<string, Date>()
      : await engine.ledger.watermarks(
          lease,
          keyed.map(({ key }) => key),
        )
  return keyed.map(({ unit, key }) => {
    const watermark = watermarks.get(key)
    const since = watermark ? new Date(watermark.getTime() - connector.overlapMs) : null
    return { step: step.name, jobType: 'extract', payload: { unit }, key, window: { since, until } }
  })
}
