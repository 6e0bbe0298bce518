import { type Json, MillraceError, withItems } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { findRawRecord, type RawFacts } from '../raw/show-raw.ts'
import { DEAD_LETTER_COLUMNS, DEAD_LETTER_TABLES, type DeadLetter } from './dead-letter.ts'

export interface DeadLetterDetails extends DeadLetter {
  readonly payload: { readonly [key: string]: Json }
  /** Facts about the failure: ids, counts, statuses. */
  readonly context: { readonly [key: string]: Json }
  readonly maxAttempts: number
  /** Where the raw record is that it is about; null when it is about none, or it was pruned. */
  readonly raw: RawFacts | null
  /** The bodies of that record, with the bad items only, when they were asked for. Text when a body is no JSON. */
  readonly record?: readonly unknown[]
}

/** $1 id */
const SHOW = `
  SELECT ${DEAD_LETTER_COLUMNS}, q.payload, coalesce(q.error_details -> 'context', '{}') AS context,
    q.max_attempts AS "maxAttempts"
    FROM ${DEAD_LETTER_TABLES} WHERE q.id = $1 AND q.status = 'dead'`

/**
 * A dead letter with everything that is known about it.
 *
 * @param options.record whether to decode the raw record too
 * @param options.itemsProperty the property of a body that holds its items, of a step that has items (`step.items`); then
 *   only the bad ones are shown
 * @throws NOT_FOUND when the tenant has no such dead letter
 */
export async function showDeadLetter(
  db: Database,
  options: {
    readonly tenantId: number
    readonly id: number
    readonly record?: boolean
    readonly itemsProperty?: (step: string) => string | undefined
  },
): Promise<DeadLetterDetails> {
  const { tenantId, id } = options
  const [found] = await db.query<Omit<DeadLetterDetails, 'raw' | 'record'>>(tenant(tenantId), SHOW, [id])
  if (!found) {
    throw new MillraceError('NOT_FOUND', {
      message: `Failed to show dead letter ${id}: the tenant has none of that number. It may have been requeued or discarded.`,
      context: { id },
    })
  }
  const raw = found.rawId === null ? undefined : await findRawRecord(db, { tenantId, rawId: found.rawId })
  if (!raw || !options.record) return { ...found, raw: raw?.facts ?? null }
  const property = options.itemsProperty?.(found.step)
  const bodies = (await raw.bodies()).map((body) => parsed(body))
  const record =
    property === undefined || found.items === null
      ? bodies
      : bodies.map((body) => withItems(body, property, found.items ?? []))
  return { ...found, raw: raw.facts, record }
}

function parsed(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
