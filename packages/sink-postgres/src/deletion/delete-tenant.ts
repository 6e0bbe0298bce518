import { MillraceError, type VectorStore } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { cancelRun } from '../ledger/cancel-run.ts'
import { type Deleted, type DeleteOptions, deleteBatches } from './delete-integration.ts'
import { ownStore } from './delete-points.ts'
import { ownedTables } from './owned-tables.ts'

/** Nothing starts any more, neither by schedule nor by hand. */
const DEACTIVATE = `
  WITH own AS (UPDATE tenants SET active = false, last_updated_at = millrace_now() RETURNING id),
    jobs AS (UPDATE etl_jobs SET active = false),
    accounts AS (UPDATE integrations SET active = false)
  SELECT id FROM own`

const OPEN_RUNS = `SELECT id FROM etl_runs WHERE state = 'running' ORDER BY id`

/**
 * Deletes a tenant with everything that is theirs, settings, users and audit log included, in batches and the tenant itself
 * last. Interrupted, the same call goes on. Nothing of a tenant remains in this database, not even that there was one: who
 * must be able to prove a deletion keeps what this returns.
 *
 * @throws NOT_FOUND when there is no such tenant (any more)
 */
export async function deleteTenant(
  db: Database,
  options: Omit<DeleteOptions, 'actor' | 'reason' | 'vectorStore'> & {
    /** Where the points are that its rows were embedded to. @default pgvector in the same database, where there is any */
    readonly vectorStore?: Pick<VectorStore, 'dropTenant'>
  },
): Promise<Deleted> {
  const { tenantId, vectorStore = await ownStore(db), batch = 1000 } = options
  const access = tenant(tenantId)
  const [found] = await db.query(ENGINE, 'SELECT id FROM tenants WHERE id = $1', [tenantId])
  if (!found) {
    throw new MillraceError('NOT_FOUND', {
      message: `Failed to delete tenant ${tenantId}: there is none of that number. List the tenants.`,
      context: { tenantId },
    })
  }
  await db.query(access, DEACTIVATE)
  for (const { id } of await db.query<{ id: number }>(access, OPEN_RUNS)) {
    await db.transaction(access, (tx) => cancelRun(tx, id))
  }
  // First, since a store that is out of reach should not leave points of whose tenant nothing is known any more …
  await vectorStore?.dropTenant(tenantId)
  const deleted: { [table: string]: number } = {}
  for (const { name } of await ownedTables(db)) {
    const count = await deleteBatches(db, { tenantId, table: name, isIts: 'true', values: [], batch })
    if (count > 0) deleted[name] = count
  }
  if (deleted.qdrant_vectors) deleted.points = deleted.qdrant_vectors
  // … and again, since a worker may have been writing when its run was cancelled.
  await vectorStore?.dropTenant(tenantId)
  await db.query(access, 'DELETE FROM tenants WHERE id = $1', [tenantId])
  return deleted
}
