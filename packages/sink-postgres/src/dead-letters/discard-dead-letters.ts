import { type Actor, recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { announceDead } from '../ledger/job-document.ts'
import { type DeadLetterFilter, filterValues, MATCHES_FILTER } from './dead-letter.ts'

export interface DiscardDeadLetters extends DeadLetterFilter, Actor {
  readonly tenantId: number
  /**
   * Rows discarded in one transaction.
   * @default 1000
   */
  readonly batch?: number
}

/** $1 to $8 the filter · $9 limit */
const DISCARD = `
  DELETE FROM etl_job_queue WHERE id IN (
    SELECT q.id FROM etl_job_queue q WHERE ${MATCHES_FILTER} ORDER BY q.id LIMIT $9 FOR UPDATE SKIP LOCKED
  ) RETURNING id, job_id AS "jobId"`

/**
 * Gives dead letters up for good: nobody will try them again. Their raw records stay until they are pruned, so that a replay
 * finds them. Who did it and why is in the audit log, with the ids.
 *
 * @returns how many were discarded
 */
export async function discardDeadLetters(db: Database, options: DiscardDeadLetters): Promise<number> {
  const { tenantId, batch = 1000, actor, reason } = options
  let discarded = 0
  for (;;) {
    const gone = await db.transaction(tenant(tenantId), async (tx) => {
      const rows = await tx.query<{ id: number; jobId: number }>(DISCARD, [...filterValues(options), batch])
      for (const jobId of new Set(rows.map((row) => row.jobId))) await announceDead(tx, jobId)
      const ids = rows.map(({ id }) => id)
      if (ids.length > 0) {
        const entry = { action: 'dead-letters.discard', objectType: 'dead_letter', details: { ids } }
        const objectId = ids.length === 1 ? (ids[0] ?? null) : null
        await recordAction(tx, { tenantId, actor, ...entry, objectId, ...(reason !== undefined && { reason }) })
      }
      return ids.length
    })
    discarded += gone
    if (gone < batch) return discarded
  }
}
