import { z } from 'zod'
import { errorTable } from '../errors/error-table.ts'
import type { DeadLetter } from '../ports/outbox.ts'

/** Where failures are announced: rows that died, and messages that nobody can work on. */
export const FAILED_QUEUE = 'etl.failed'

/** More of a refused message is not kept. */
const MAX_KEPT_BYTES = 8_192

const CODES = Object.keys(errorTable) as [keyof typeof errorTable]

const failure = { v: z.literal(1), failed_at: z.iso.datetime(), reason: z.enum(CODES), error: z.string() }

/**
 * What stands in `etl.failed`. It informs; the ledger holds the dead rows, and redrive works from there.
 *
 * `kind` is `row` for a ledger row that died and `message` for a message that was refused, of which `message` holds the
 * beginning as text.
 */
export const failedMessageSchema = z.discriminatedUnion('kind', [
  z.object({
    ...failure,
    kind: z.literal('row'),
    queue_id: z.int(),
    run_id: z.int(),
    tenant_id: z.int(),
    job_id: z.int(),
    integration_id: z.int(),
    type: z.string(),
    job_type: z.enum(['plan', 'extract', 'transform', 'embed']),
    retry_count: z.int().nonnegative(),
    transient: z.boolean(),
  }),
  z.object({ ...failure, kind: z.literal('message'), queue: z.string(), message: z.string() }),
])

export type FailedMessage = z.output<typeof failedMessageSchema>

/** Announces a row that died. */
export function announceDeath({ failure, diedAt, ...row }: DeadLetter): FailedMessage {
  return {
    v: 1,
    kind: 'row',
    failed_at: diedAt.toISOString(),
    reason: failure.code,
    error: failure.message,
    queue_id: row.id,
    run_id: row.runId,
    tenant_id: row.tenantId,
    job_id: row.jobId,
    integration_id: row.integrationId,
    type: row.step,
    job_type: row.jobType,
    retry_count: Math.max(0, row.attempts - 1),
    transient: failure.transient,
  }
}

/** Announces a message that was refused. */
export function announceRefusal(
  { queue, body }: { readonly queue: string; readonly body: Uint8Array },
  error: string,
  now: Date,
): FailedMessage {
  const message = new TextDecoder().decode(body.subarray(0, MAX_KEPT_BYTES))
  return { v: 1, kind: 'message', failed_at: now.toISOString(), reason: 'INVALID_MESSAGE', error, queue, message }
}
