import { MillraceError } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { cancelRun } from '../ledger/cancel-run.ts'
import { type Deleted, type DeleteOptions, deleteBatches } from './delete-integration.ts'
import { deletePoints } from './delete-points.ts'
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
export async function deleteTenant(db: Database, options: Omit<DeleteOptions, 'actor' | 'reason'>): Promise<Deleted> {
  const { tenantId, vectorStore, batch = 1000 } = options
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
  const deleted: { [table: string]: number } = {}
  const points = await deletePoints(db, vectorStore, { tenantId, integrationId: null, batch })
  if (points > 0) deleted.points = points
  for (const { name } of await ownedTables(db)) {
    const count = await deleteBatches(db, { tenantId, table: name, isIts: 'true', values: [], batch })
    if (count > 0) deleted[name] = count
  }
  await db.query(access, 'DELETE FROM tenants WHERE id = $1', [tenantId])
  return deleted
}
