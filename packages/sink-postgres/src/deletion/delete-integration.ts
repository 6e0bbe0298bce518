import { MillraceError, type VectorStore } from '@millrace/core'
import { type Actor, recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { cancelRun } from '../ledger/cancel-run.ts'
import { deletePoints } from './delete-points.ts'
import { ownedTables } from './owned-tables.ts'

export interface DeleteOptions extends Actor {
  readonly tenantId: number
  /** Where the points are that its rows were embedded to. @default pgvector in the same database, where there is any */
  readonly vectorStore?: Pick<VectorStore, 'delete'>
  /**
   * Rows deleted in one transaction.
   * @default 1000
   */
  readonly batch?: number
}

/** How many rows went, by table. */
export type Deleted = { readonly [table: string]: number }

/** $1 integration */
const DEACTIVATE = 'UPDATE integrations SET active = false WHERE id = $1 RETURNING id'
const OPEN_RUNS = `SELECT id FROM etl_runs WHERE integration_id = $1 AND state = 'running' ORDER BY id`

/** What a job remembers of the account. $1 integration */
const FORGET_JOBS = `
  UPDATE etl_jobs SET integration_id = NULL, checkpoint_data = NULL, last_run_id = NULL, error_message = NULL,
    retry_count = 0, next_run_at = NULL, status_revision = status_revision + 1, last_updated_at = millrace_now(),
    status = jsonb_build_object('overall', 'READY', 'revision', status_revision + 1, 'open_dead_letters', 0, 'steps', '{}'::jsonb)
  WHERE integration_id = $1`

/** Kept: what was done, by whom; and the job, which is the tenant's and may be given another account. */
const KEPT = ['audit_log', 'etl_jobs', 'integrations']

/**
 * Deletes an integration with everything that came of it: rows of all entities, raw records, ledger, runs, watermarks,
 * confirmations, vectors; in batches, the integration itself last. Its runs are cancelled first, so that no worker writes
 * meanwhile. Interrupted, the same call goes on.
 *
 * @throws NOT_FOUND when the tenant has no such integration (any more)
 */
export async function deleteIntegration(
  db: Database,
  options: DeleteOptions & { readonly integrationId: number },
): Promise<Deleted> {
  const { tenantId, integrationId, vectorStore, batch = 1000, actor, reason } = options
  const access = tenant(tenantId)
  const [found] = await db.query(access, DEACTIVATE, [integrationId])
  if (!found) {
    throw new MillraceError('NOT_FOUND', {
      message: `Failed to delete integration ${integrationId}: the tenant has none of that number. List the integrations.`,
      context: { tenantId, integrationId },
    })
  }
  for (const { id } of await db.query<{ id: number }>(access, OPEN_RUNS, [integrationId])) {
    await db.transaction(access, (tx) => cancelRun(tx, id))
  }
  const deleted: { [table: string]: number } = {}
  const points = await deletePoints(db, vectorStore, { tenantId, integrationId, batch })
  if (points > 0) deleted.points = points
  for (const { name, ofIntegration, ofJob } of await ownedTables(db)) {
    if (KEPT.includes(name) || !(ofIntegration || ofJob)) continue
    const isIts = ofIntegration
      ? 'integration_id = $1'
      : 'job_id IN (SELECT id FROM etl_jobs WHERE integration_id = $1)'
    const count = await deleteBatches(db, { tenantId, table: name, isIts, values: [integrationId], batch })
    if (count > 0) deleted[name] = count
  }
  await db.transaction(access, async (tx) => {
    await tx.execute(FORGET_JOBS, [integrationId])
    await tx.execute('DELETE FROM integrations WHERE id = $1', [integrationId])
    const entry = {
      action: 'integrations.delete',
      objectType: 'integration',
      objectId: integrationId,
      details: { deleted },
    }
    await recordAction(tx, { tenantId, actor, ...entry, ...(reason !== undefined && { reason }) })
  })
  return deleted
}

/** Deletes the tenant's rows of a table for which a condition holds; its values begin with $1. */
export async function deleteBatches(
  db: Database,
  options: {
    readonly tenantId: number
    readonly table: string
    readonly isIts: string
    readonly values: readonly unknown[]
    readonly batch: number
  },
): Promise<number> {
  const { tenantId, isIts, values, batch } = options
  const table = identifier(options.table)
  // Not every table has one key column of one name; a row's place is good for the length of a statement.
  const statement = `
    DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM ${table} WHERE ${isIts} LIMIT $${values.length + 1} FOR UPDATE))`
  let total = 0
  for (;;) {
    const count = await db.transaction(tenant(tenantId), (tx) => tx.execute(statement, [...values, batch]))
    total += count
    if (count === 0) return total
  }
}
