import { z } from 'zod'
import type { Json } from '../contracts/json.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import type { NewRow } from '../ports/ledger.ts'
import { type ComputedLoad, computeLoad, itemsOf } from './compute-load.ts'
import { failureRecord } from './failure.ts'
import { loadEffect } from './load-effect.ts'
import type { Work } from './open-work.ts'

const payloadSchema = z.object({ raw_id: z.number(), items: z.array(z.number()).optional() })

/**
 * Turns a raw record into rows. Everything is computed before the transaction opens; then one commit loads the rows and
 * gives birth to the embed rows of those that changed. A bad item becomes a dead row of its own, its neighbours load. So does
 * one that takes its process along, which nobody can catch: the last try of a record takes it apart instead.
 */
export async function transformRecord(work: Work): Promise<void> {
  const record = await readAndCompute(work)
  if ('suspects' in record) {
    const births = record.suspects.map((item) => itemsRow(work, record.rawId, [item]))
    await work.commit({ row: { to: 'done' }, births })
    return
  }
  const { rawId, unit, items, batch, bad } = record
  const deadRows = bad.map(({ item, error }) => itemsRow(work, rawId, [item], { error, unit }))
  try {
    await work.commit({
      row: { to: 'done' },
      births: deadRows,
      effect: loadEffect(work, batch),
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

interface Computed extends ComputedLoad {
  readonly rawId: number
  readonly unit: Json
}

/** A record whose items are to be tried one by one. */
interface Suspicious {
  readonly rawId: number
  readonly suspects: readonly number[]
}

/** Only the record's id and unit stay: the bodies are free for collection while the batch loads. */
async function readAndCompute(work: Work): Promise<Computed | Suspicious> {
  const lease = work.lease()
  const payload = payloadSchema.parse(lease.payload)
  const raw = await work.engine.ledger.readRaw(lease, payload.raw_id)
  if (!raw) {
    throw new MillraceError('RAW_MISSING', { message: `Failed to transform: raw record ${payload.raw_id} is gone.` })
  }
  if (lease.attempts > 1 && lease.attempts >= lease.maxAttempts) {
    const suspects = itemsOf(work, raw, payload.items) ?? []
    if (suspects.length > 1) return { rawId: raw.id, suspects }
  }
  return { rawId: raw.id, unit: raw.unit, ...(await computeLoad(work, raw, payload.items)) }
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
