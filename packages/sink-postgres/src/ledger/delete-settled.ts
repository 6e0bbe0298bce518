import { ENGINE } from '../database/access.ts'
import type { Database } from '../database/database.ts'

/**
 * Rows of closed runs that nobody will ask for again; a message that still names one is a duplicate. Dead rows, and what
 * a cancelled run left undone, are debt and stay. An array, here and in all pruning: a plan may run a subquery of IN more than
 * once, and its limit with it. $1 how many · $2 tenant, or null for all
 */
const DELETE_SETTLED = `
  DELETE FROM etl_job_queue WHERE id = ANY (ARRAY (
    SELECT q.id FROM etl_job_queue q JOIN etl_runs r ON r.id = q.run_id
     WHERE r.state <> 'running' AND (q.status = 'done' OR q.status = 'cancelled' AND q.job_type = 'plan')
       AND ($2::integer IS NULL OR q.tenant_id = $2)
     ORDER BY q.id LIMIT $1 FOR UPDATE OF q SKIP LOCKED
  ))`

export interface DeleteSettledOptions {
  /**
   * Rows deleted in one transaction.
   * @default 1000
   */
  readonly batch?: number
  /** @default every tenant */
  readonly tenantId?: number
}

/**
 * Deletes settled rows of closed runs, batch by batch, until none is left.
 *
 * @returns how many were deleted
 */
export async function deleteSettled(db: Database, options: DeleteSettledOptions = {}): Promise<number> {
  const batch = options.batch ?? 1000
  let deleted = 0
  for (;;) {
    const count = await db.transaction(ENGINE, (tx) => tx.execute(DELETE_SETTLED, [batch, options.tenantId ?? null]))
    deleted += count
    if (count < batch) return deleted
  }
}
