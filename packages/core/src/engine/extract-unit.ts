import type { Json } from '../contracts/json.ts'
import type { AnyStep, Page, Spawn } from '../contracts/step.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { canonicalJson } from '../ids/canonical-json.ts'
import type { Commit, NewRaw, NewRow, RowOutcome } from '../ports/ledger.ts'
import { type PulledPage, pullPages } from '../streams/pull-pages.ts'
import { commitPage, loadOfPage, type PageLoad, type PageRecord } from './commit-page.ts'
import { describeIssues } from './failure.ts'
import { type Account, openAccount } from './open-account.ts'
import type { Work } from './open-work.ts'
import type { UnitPages } from './pages-in-hand.ts'
import { parseStoredUnit } from './stored-unit.ts'
import { windowedKey } from './windowed-key.ts'

/**
 * Reads a unit page by page. One commit per page holds the raw record, the cursor, the units that it spawned, and its load or
 * else a transform row. Meanwhile the load of the next page is computed, and the page after it is requested, as long as the
 * process does not have too much in hand.
 */
export async function extractUnit(work: Work): Promise<void> {
  const inHand = work.engine.pages.open()
  try {
    await extractPages(work, inHand)
  } finally {
    inHand.close()
  }
}

async function extractPages(work: Work, inHand: UnitPages): Promise<void> {
  const { engine, step } = work
  const { ledger, clock, limits } = engine
  const lease = work.lease()
  const account = await openAccount(work)
  const unit = parseStoredUnit(step, lease.payload.unit, 'extract')
  const unitKey = step.unitKey(unit)
  const window = lease.window ?? { since: null, until: new Date(clock.now()) }
  const ctx = account.watchedContext(window)
  const from = parseCursor(work)
  const source = step.extract(from === undefined ? { unit } : { unit, from }, ctx.context)

  const deadline = clock.monotonic() + limits.deliveryMs
  let count = 0
  const { signal } = work
  const beforePull = (): Promise<number> => inHand.room().then(() => ledger.nextSequence())
  const received = pullPages(source, { signal, beforePull, onPulled: inHand.take, onClose: inHand.close })
  const prepared = preparePages(work, received, from === undefined)
  for await (const { page: next } of pullPages(prepared, { signal, onClose: inHand.close })) {
    const { page, record, load } = next
    count += 1
    const last = page.next === null
    const tired = count >= limits.pagesPerDelivery || clock.monotonic() >= deadline || engine.isStopping()
    const cursor = nextCursor(work, page)
    const row: RowOutcome = last
      ? { to: 'done' }
      : tired
        ? { to: 'pending', cursor, delayMs: 0, refund: true }
        : { to: 'leased', cursor }
    const commit = {
      row,
      raw: {
        ...record,
        connectorVersion: work.connector.version,
        transformVersion: step.transformVersion,
        externalId: unitKey,
        // A window that somebody chose is not the whole, whatever the extractor looks at.
        whole: ctx.whole() && lease.payload.apart !== true && page.keepsWatermark !== true,
        last,
      },
      births: (page.spawn ?? []).map((spawn) => spawnedRow(work, spawn, window)),
      ...(last && page.keepsWatermark !== true && watermark(work, account, unitKey, window.until)),
    }
    const committed = await commitPage(work, commit, load)
    inHand.put(page)
    if (!committed || row.to !== 'leased') return
  }
  if (count > 0) {
    throw new MillraceError('UNIT_INCOMPLETE', {
      message: `Failed to extract ${step.name}: its pages ended after one that names a next page. End with next: null.`,
      context: { unit: unitKey },
    })
  }
  await work.commit({ row: { to: 'done' }, ...watermark(work, account, unitKey, window.until) })
}

interface PreparedPage {
  readonly page: Page<unknown>
  readonly record: PageRecord
  readonly load: PageLoad
}

/** Pages with what they load, where that is to be committed with them. */
async function* preparePages(
  work: Work,
  received: AsyncIterable<PulledPage<Page<unknown>, number>>,
  fromStart: boolean,
): AsyncGenerator<PreparedPage, void, undefined> {
  const { payload, mode } = work.lease()
  const about = { unit: payload.unit ?? null, fullSync: mode === 'full' }
  let first = fromStart
  for await (const { page, before: sourceSeq } of received) {
    const part = partOf(work.step, { first, last: page.next === null })
    first = false
    const record = { ...about, bodies: bodiesOf(page), sourceSeq, ...(part && { part }) }
    yield { page, record, load: await loadOfPage(work, record) }
  }
}

/** A page of a unit that is one record; undefined when it is a record of its own. */
function partOf({ record }: AnyStep, { first, last }: { first: boolean; last: boolean }): NewRaw['part'] {
  if (record === 'page' || (first && last)) return undefined
  return first ? 'first' : last ? 'last' : 'next'
}

/**
 * The next window of a planned unit starts where this one ended, by the provider's clock: when ours is ahead and nobody
 * knew it at planning, what was changed in between would be missed. Spawned units are spawned anew, and keep no
 * watermark; nor does a unit that was read apart from the others, whatever the mode of the run that ends up reading it.
 */
function watermark(work: Work, { fetch }: Account, unitKey: string, until: Date): Pick<Commit, 'watermark'> {
  const { payload, window } = work.lease()
  if (payload.spawned === true || payload.apart === true) return {}
  const byOurClock = window === null || payload.byOurClock === true
  const aheadMs = byOurClock ? Math.min(0, fetch.skewMs()) : 0
  return { watermark: { unitKey, until: new Date(until.getTime() + aheadMs) } }
}

/** Where the unit goes on: not where it is already, or it would never end. */
function nextCursor(work: Work, { next }: Page<unknown>): Json {
  const { step } = work
  if (next === null) return null
  const parsed = step.cursor.safeParse(next)
  if (!parsed.success) {
    throw new MillraceError('INVALID_UNIT', {
      message: `Failed to extract ${step.name}: the cursor of a page does not match its schema: ${describeIssues(parsed.error)}.`,
    })
  }
  const { cursor, cursorSeq } = work.lease()
  if (cursorSeq > 0 && canonicalJson(next) === canonicalJson(cursor)) {
    throw new MillraceError('CURSOR_LOOP', {
      message: `Failed to extract ${step.name}: a page goes on where it was read from, so the unit would never end.`,
    })
  }
  return next as Json
}

/** A stored cursor that an upgrade no longer understands restarts its unit: reading twice loses nothing. */
function parseCursor(work: Work): unknown {
  const { cursor } = work.lease()
  if (cursor === null) return undefined
  const parsed = work.step.cursor.safeParse(cursor)
  if (parsed.success) return parsed.data
  const facts = { step: work.step.name, row: work.lease().id }
  work.engine.log.warn(
    facts,
    `The stored cursor does not match its schema, so the unit restarts: ${describeIssues(parsed.error)}`,
  )
  return undefined
}

function bodiesOf(page: Page<unknown>): readonly Uint8Array[] {
  const bodies = 'bodies' in page ? page.bodies : [page.body]
  return bodies.map((body) => {
    if (body instanceof Uint8Array) return body
    if (typeof body === 'string') return Buffer.from(body, 'utf8')
    throw new MillraceError('INVALID_BODY', {
      message: `Failed to store a page: its body is ${body === null ? 'null' : typeof body}, not text or bytes. Yield what was received.`,
    })
  })
}

function spawnedRow(work: Work, spawn: Spawn, window: NonNullable<NewRow['window']>): NewRow {
  const target = work.step.spawns.find((other) => other.name === spawn.step)
  const refuse = (reason: string): never => {
    throw new MillraceError('INVALID_UNIT', {
      message: `Failed to spawn a unit of ${spawn.step} from ${work.step.name}: ${reason}.`,
    })
  }
  if (!target) return refuse('it is not named in `spawns`')
  const parsed = target.unit.safeParse(spawn.unit)
  if (!parsed.success) return refuse(describeIssues(parsed.error))
  const parent = work.lease().payload
  const payload = { unit: spawn.unit as Json, spawned: true, ...(parent.apart === true && { apart: true }) }
  const key = windowedKey(target.unitKey(parsed.data), window)
  return { step: target.name, jobType: 'extract', payload, key, window }
}
