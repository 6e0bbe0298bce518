import type { Commit, FailureRecord, Lease, NewRow, RowOutcome } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { toJsonb } from './to-jsonb.ts'

/** A row that lost its worker stays suspect until it makes progress, or fails of something else. */
const STAYS_SUSPECT = `
  error_code = 'LEASE_EXPIRED' AND $4 IN ('leased', 'pending') AND $5::jsonb IS NULL AND $9::text IS NULL`

/**
 * The first statement of a commit: the row is still leased under this token, in time, at this cursor; and what becomes of
 * it. It names itself in committed_*, for a worker that does not learn whether its COMMIT succeeded.
 *
 * $1 id · $2 lease token · $3 the cursor_seq that the worker knows · $4 new status · $5 new cursor, or null to keep it
 * · $6 what is added to cursor_seq · $7 attempts given back · $8 milliseconds of the lease, or of the delay
 * · $9 $10 $11 failure: code, transient, details
 */
const FENCE = `
  UPDATE etl_job_queue SET
    status = $4,
    cursor = coalesce($5::jsonb, cursor),
    cursor_seq = cursor_seq + $6::integer,
    attempts = CASE WHEN $5::jsonb IS NULL THEN greatest(attempts - $7::integer, 0) ELSE 0 END,
    lease_until = CASE WHEN $4 = 'leased' THEN millrace_now() + $8::float8 * interval '1 millisecond' END,
    worker_id = CASE WHEN $4 = 'leased' THEN worker_id END,
    scheduled_at = CASE WHEN $4 = 'pending' THEN millrace_now() + $8::float8 * interval '1 millisecond'
      ELSE scheduled_at END,
    waited_ms = CASE WHEN $5::jsonb IS NOT NULL OR $4 IN ('done', 'dead') THEN 0
      WHEN $4 = 'pending' AND $9::text = 'RATE_LIMITED' THEN waited_ms + $8::float8::bigint ELSE waited_ms END,
    published_at = CASE WHEN $4 <> 'pending' THEN published_at END,
    completed_at = CASE WHEN $4 IN ('done', 'dead') THEN millrace_now() END,
    error_code = CASE WHEN ${STAYS_SUSPECT} THEN error_code ELSE $9::text END,
    error_transient = CASE WHEN ${STAYS_SUSPECT} THEN error_transient ELSE $10::boolean END,
    error_details = CASE WHEN ${STAYS_SUSPECT} THEN error_details ELSE $11::jsonb END,
    committed_token = $2, committed_seq = $3
  WHERE id = $1 AND lease_token = $2 AND status = 'leased' AND cursor_seq = $3 AND lease_until > millrace_now()
  RETURNING id`

/**
 * The same for a transform row, whose raw record is told.
 *
 * $12 raw id · $13 its processing status · $14 whether the row is about a part of it, which does not heal another part
 */
const FENCE_AND_MARK_RAW = `
  WITH fenced AS (${FENCE}),
  marked AS (
    UPDATE raw_extraction_data r SET processing_status = $13, processed_at = millrace_now(), error_details = $11::jsonb
      FROM fenced WHERE r.id = $12::bigint
        AND NOT ($14::boolean AND r.processing_status = 'failed')
  )
  SELECT id FROM fenced`

/** Takes the row's lock and writes its fate. False: the lease is lost. */
export async function takeFence(tx: Tx, lease: Lease, commit: Commit): Promise<boolean> {
  const { row } = commit
  const failure = 'failure' in row ? row.failure : undefined
  const values = [
    lease.id,
    lease.token,
    lease.cursorSeq,
    row.to,
    'cursor' in row && row.cursor !== undefined ? toJsonb(row.cursor) : null,
    row.to === 'done' || row.to === 'leased' || 'cursor' in row || commit.raw ? 1 : 0,
    row.to === 'pending' && row.refund ? 1 : 0,
    row.to === 'leased' ? lease.leaseMs : row.to === 'pending' ? row.delayMs : 0,
    ...failureValues(failure),
  ]
  const rawId = lease.jobType === 'transform' ? lease.payload.raw_id : undefined
  const mark = typeof rawId === 'number' ? processingStatus(row, commit.births ?? [], rawId) : undefined
  const isPart = lease.payload.items !== undefined
  const found = mark
    ? await tx.query(FENCE_AND_MARK_RAW, [...values, rawId, mark, isPart])
    : await tx.query(FENCE, values)
  return found.length > 0
}

/** Code, transience and details of a failure, as three columns. */
export function failureValues(
  failure: FailureRecord | undefined,
): readonly [string | null, boolean | null, string | null] {
  if (!failure) return [null, null, null]
  return [failure.code, failure.transient, toJsonb({ message: failure.message, context: failure.context ?? {} })]
}

/** A record that is split into rows of its own is not settled yet; one that lost an item is failed. */
function processingStatus(
  row: RowOutcome,
  births: readonly NewRow[],
  rawId: number,
): 'processed' | 'failed' | undefined {
  if (row.to === 'dead') return 'failed'
  if (row.to !== 'done') return undefined
  const parts = births.filter((birth) => birth.jobType === 'transform' && birth.payload.raw_id === rawId)
  if (parts.some((part) => part.dead)) return 'failed'
  return parts.length > 0 ? undefined : 'processed'
}
