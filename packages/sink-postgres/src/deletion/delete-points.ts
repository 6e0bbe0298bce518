import type { VectorStore } from '@millrace/core'
import { OWNER, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { pgvectorStore } from '../vectors/pgvector-store.ts'

/** $1 integration · $2 limit */
const NEXT = `
  SELECT id, profile, point_id AS "pointId" FROM qdrant_vectors WHERE integration_id = $1 ORDER BY id LIMIT $2`

/** $1 ids */
const FORGET = 'DELETE FROM qdrant_vectors WHERE id = ANY ($1::bigint[])'

/** Whatever was written last. */
const ANY_VERSION = Number.MAX_SAFE_INTEGER

/** Dimensions stand in a profile's name: provider/dimensions/template. */
const DIMENSIONS = /\/(\d+)\/v\d+$/

/**
 * Removes an integration's points from the vector store, and only then forgets which they were: an interruption in between removes them
 * again, and loses none.
 */
export async function deletePoints(
  db: Database,
  given: Pick<VectorStore, 'delete'> | undefined,
  options: { readonly tenantId: number; readonly integrationId: number; readonly batch: number },
): Promise<number> {
  const { tenantId, integrationId, batch } = options
  const store = given ?? (await ownStore(db))
  if (!store) return 0
  let removed = 0
  for (;;) {
    const rows = await db.query<{ id: number; profile: string; pointId: string }>(tenant(tenantId), NEXT, [
      integrationId,
      batch,
    ])
    for (const [profile, points] of Map.groupBy(rows, (row) => row.profile)) {
      const dimensions = Number(DIMENSIONS.exec(profile)?.[1] ?? 0)
      await store.delete(
        { tenantId, profile, dimensions },
        points.map(({ pointId }) => ({ id: pointId, rowVersion: ANY_VERSION })),
      )
    }
    if (rows.length > 0) await db.query(tenant(tenantId), FORGET, [rows.map(({ id }) => id)])
    removed += rows.length
    if (rows.length < batch) return removed
  }
}

/** Points beside the rows, where pgvector keeps any. */
export async function ownStore(db: Database): Promise<VectorStore | undefined> {
  const [found] = await db.query<{ exists: boolean }>(
    OWNER,
    `SELECT to_regclass('vector_points') IS NOT NULL AS exists`,
  )
  return found?.exists ? pgvectorStore(db) : undefined
}
