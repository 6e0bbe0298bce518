import { z } from 'zod'
import type { Change } from '../contracts/change.ts'
import type { Lookup } from '../contracts/context.ts'
import type { Json } from '../contracts/json.ts'
import type { AnyStep } from '../contracts/step.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import type { ChangedRows, LoadBatch } from '../load/load-batch.ts'
import { type PrepareOptions, prepareLoad } from '../load/prepare-load.ts'
import type { NewRow } from '../ports/ledger.ts'
import { asMillraceError, describeIssues, failureRecord } from './failure.ts'
import { lookupFor } from './lookup.ts'
import type { Work } from './open-work.ts'
import { itemIndexes, withItems } from './record-items.ts'
import { parseStoredUnit } from './stored-unit.ts'

const payloadSchema = z.object({ raw_id: z.number(), items: z.array(z.number()).optional() })

/**
 * Turns a raw record into rows. Everything is computed before the transaction opens; then one commit loads the rows and
 * gives birth to the embed rows of those that changed. A bad item becomes a dead row of its own, its neighbours load.
 */
export async function transformRecord(work: Work): Promise<void> {
  const { rawId, unit, items, batch, bad } = await computeLoad(work)
  const deadRows = bad.map(({ item, error }) => itemsRow(work, rawId, [item], { error, unit }))
  try {
    await work.commit({
      row: { to: 'done' },
      births: deadRows,
      effect: async (tx) => {
        const { loader, telemetry } = work.engine
        const changed = await telemetry.span('millrace.load', {}, () => loader.load(batch, tx))
        const births = embedBirths(work, changed)
        const embeddingsQueued = births.reduce((sum, { payload: { keys } }) => sum + keys.length, 0)
        return { births, totals: { ...loadTotals(changed), embeddingsQueued } }
      },
    })
  } catch (error) {
    const good = items?.filter((item) => !bad.some((found) => found.item === item)) ?? []
    if (!isMillraceError(error) || error.retryable || good.length < 2) throw error
    // The data of some item is at fault: try the halves apart, until it is alone.
    const middle = good.length >> 1
    const halves = [good.slice(0, middle), good.slice(middle)].map((half) => itemsRow(work, rawId, half))
    await work.commit({ row: { to: 'done' }, births: [...deadRows, ...halves] })
  }
}

interface ComputedLoad {
  readonly rawId: number
  readonly unit: Json
  /** The items that were transformed, of a step that has items. */
  readonly items: readonly number[] | undefined
  readonly batch: LoadBatch
  readonly bad: readonly { readonly item: number; readonly error: MillraceError }[]
}

/** Reads and computes. The bodies, many times larger than their text, are free for collection while the batch loads. */
async function computeLoad(work: Work): Promise<ComputedLoad> {
  const { engine, step } = work
  const lease = work.lease()
  const payload = payloadSchema.parse(lease.payload)
  const raw = await engine.ledger.readRaw(lease, payload.raw_id)
  if (!raw) {
    throw new MillraceError('RAW_MISSING', { message: `Failed to transform: raw record ${payload.raw_id} is gone.` })
  }
  const lookup = await lookupFor(work)
  const unit = parseStoredUnit(step, raw.unit, 'transform')
  const bodies = raw.bodies.map((body) => parseJson(step, body))
  const items = payload.items ?? itemIndexes(step, bodies)
  const scope = { tenantId: lease.tenantId, integrationId: lease.integrationId, runId: lease.runId }
  const maxRemovedShare = lease.options.allowDeletions === true ? 1 : engine.limits.maxRemovedShare
  const options = { scope, sourceSeq: raw.sourceSeq, fullSync: raw.fullSync, maxRemovedShare }
  return {
    rawId: raw.id,
    unit: raw.unit,
    items,
    ...isolate(items, options, (subset) => changesOf(work, { unit, bodies }, subset, lookup)),
  }
}

/** Prepares all items, and halves the set as long as it fails, so that only the bad ones are left out. */
function isolate(
  items: readonly number[] | undefined,
  options: PrepareOptions,
  compute: (subset: readonly number[] | undefined) => readonly Change[],
): { readonly batch: LoadBatch; readonly bad: readonly { item: number; error: MillraceError }[] } {
  const good: { readonly changes: readonly Change[]; readonly batch: LoadBatch }[] = []
  const bad: { item: number; error: MillraceError }[] = []
  const visit = (subset: readonly number[] | undefined): void => {
    try {
      const changes = compute(subset)
      good.push({ changes, batch: prepareLoad(changes, options) })
    } catch (caught) {
      const error = asMillraceError(caught, 'transform a record', false)
      const [only] = subset ?? []
      if (subset === undefined || only === undefined) throw error
      if (subset.length === 1) {
        bad.push({ item: only, error })
        return
      }
      const middle = subset.length >> 1
      visit(subset.slice(0, middle))
      visit(subset.slice(middle))
    }
  }
  visit(items)
  const [first, ...others] = good
  if (first && others.length === 0) return { batch: first.batch, bad }
  return {
    batch: prepareLoad(
      good.flatMap(({ changes }) => changes),
      options,
    ),
    bad,
  }
}

function changesOf(
  { step, connector }: Work,
  { unit, bodies }: { readonly unit: unknown; readonly bodies: readonly unknown[] },
  items: readonly number[] | undefined,
  lookup: Lookup,
): readonly Change[] {
  const { items: name } = step
  const chosen = items && name !== undefined ? bodies.map((body) => withItems(body, name, items)) : bodies
  const parsed = chosen.map((body) => parseBody(step, body, items))
  const refuse = (reason: string, cause?: unknown): MillraceError =>
    new MillraceError('TRANSFORM_FAILED', { message: `Failed to transform ${step.name}: ${reason}.`, cause })
  try {
    const changes = step.transform({ unit, body: parsed[0], bodies: parsed }, lookup)
    if (typeof changes?.[Symbol.iterator] !== 'function') {
      throw refuse('it returned nothing to iterate over; write it as a generator, and not as an async one')
    }
    return Array.from(changes, (change) => {
      if (connector.entities.includes(change?.entity)) return change
      const what = change?.entity?.name ?? 'something that is no change'
      throw refuse(`it yielded ${what}; yield upsert, delete or replace of an entity that the connector declares`)
    })
  } catch (error) {
    if (isMillraceError(error)) throw error
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
}

/** Mistakes are told by the positions that items have in the stored record. */
function parseBody(step: AnyStep, body: unknown, items: readonly number[] | undefined): unknown {
  const parsed = step.body.safeParse(body)
  if (parsed.success) return parsed.data
  const placed = (path: readonly PropertyKey[]): readonly PropertyKey[] => {
    const [name, position, ...rest] = path
    if (name !== step.items || name === undefined || typeof position !== 'number') return path
    return [name, items?.[position] ?? position, ...rest]
  }
  throw new MillraceError('INVALID_BODY', {
    message: `Failed to read a response of ${step.name}: ${describeIssues(parsed.error, placed)}.`,
  })
}

function parseJson(step: AnyStep, body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    const start = JSON.stringify(text.slice(0, 40))
    throw new MillraceError('NOT_JSON', {
      message: `Failed to read a response of ${step.name}: it is not JSON but begins with ${start}.`,
      cause,
    })
  }
}

function itemsRow(
  work: Work,
  rawId: number,
  items: readonly number[],
  failed?: { readonly error: MillraceError; readonly unit: Json },
): NewRow {
  const payload: { readonly [key: string]: Json } = { raw_id: rawId, items }
  const row = { step: work.step.name, jobType: 'transform', payload } as const
  // The unit is for people: with it they find the record at its source.
  return failed ? { ...row, payload: { ...payload, unit: failed.unit }, dead: failureRecord(failed.error) } : row
}

/** Rows that changed and have a text get embedded; rows that went away lose their vectors. */
function embedBirths(work: Work, changed: readonly ChangedRows[]) {
  const { vectorizer, limits } = work.engine
  if (!vectorizer) return []
  return changed.flatMap(({ entity, written, removed }) => {
    const definition = work.connector.entities.find((found) => found.name === entity)
    if (!definition?.embed) return []
    const keys = [...written, ...removed]
    const batches = Array.from({ length: Math.ceil(keys.length / limits.embedBatch) }, (_, index) =>
      keys.slice(index * limits.embedBatch, (index + 1) * limits.embedBatch),
    )
    return batches.map(
      (batch) => ({ step: work.step.name, jobType: 'embed', payload: { entity, keys: batch } }) as const,
    )
  })
}

function loadTotals(changed: readonly ChangedRows[]): { readonly rowsWritten: number; readonly rowsRemoved: number } {
  return {
    rowsWritten: changed.reduce((sum, { written }) => sum + written.length, 0),
    rowsRemoved: changed.reduce((sum, { removed }) => sum + removed.length, 0),
  }
}
