import { MillraceError, type VectorCollection, type VectorMatch, type VectorStore } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { toJsonb } from '../ledger/to-jsonb.ts'
import { ensureVectorTables } from './vector-tables.ts'

/** $1 tenant · $2 profile · $3 dimensions */
const ADD_COLLECTION = `
  INSERT INTO vector_collections (tenant_id, profile, dimensions) VALUES ($1, $2, $3)
  ON CONFLICT (tenant_id, profile) DO NOTHING`

/** $1 profile */
const READ_DIMENSIONS = 'SELECT dimensions FROM vector_collections WHERE profile = $1'

/** An older version never wins. $1 tenant · $2 profile · $3 the points as JSON */
const UPSERT = `
  INSERT INTO vector_points AS p (tenant_id, profile, id, embedding, row_version, payload)
  SELECT $1, $2, id, embedding::vector, "rowVersion", payload
    FROM jsonb_to_recordset($3::jsonb) AS given (id uuid, embedding text, "rowVersion" bigint, payload jsonb)
   ORDER BY id
  ON CONFLICT (tenant_id, profile, id) DO UPDATE SET
    embedding = excluded.embedding, row_version = excluded.row_version, payload = excluded.payload
  WHERE p.row_version <= excluded.row_version`

/** $1 profile · $2 ids */
const DELETE = 'DELETE FROM vector_points WHERE profile = $1 AND id = ANY ($2::uuid[])'

/** The cosine of a vector of zeros is no number; it is like nothing. $1 profile · $2 vector · $3 limit */
const SEARCH = `
  SELECT id, payload, coalesce(nullif(1 - (embedding <=> $2::vector), 'NaN'), 0) AS score
    FROM vector_points WHERE profile = $1 ORDER BY embedding <=> $2::vector, id LIMIT $3`

/** $1 profile · $2 the last id of the page before, or null · $3 limit */
const LIST = `
  SELECT id, row_version AS "rowVersion" FROM vector_points
   WHERE profile = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`

const PAGE_SIZE = 1000

/**
 * Vectors in PostgreSQL by the extension pgvector, kept apart by row security. A search compares with every point of its
 * collection and is therefore exact; beyond some hundred thousand points per tenant, Qdrant is the faster place.
 */
export function pgvectorStore(db: Database): VectorStore {
  let tables: Promise<void> | undefined

  return {
    name: 'pgvector',

    async prepare(collection) {
      tables ??= ensureVectorTables(db)
      await tables.catch((error: unknown) => {
        tables = undefined
        throw error
      })
      const dimensions = await db.transaction(tenant(collection.tenantId), async (tx) => {
        await tx.execute(ADD_COLLECTION, [collection.tenantId, collection.profile, collection.dimensions])
        const [found] = await tx.query<{ dimensions: number }>(READ_DIMENSIONS, [collection.profile])
        return found?.dimensions
      })
      if (dimensions !== collection.dimensions) throw mismatch(collection, `it has ${dimensions} dimensions`)
    },

    async upsert(collection, points) {
      const given = points.map(({ id, vector, rowVersion, payload }) => ({
        id,
        embedding: vectorText(collection, vector),
        rowVersion,
        payload,
      }))
      if (given.length === 0) return
      await db.query(tenant(collection.tenantId), UPSERT, [collection.tenantId, collection.profile, toJsonb(given)])
    },

    async delete(collection, ids) {
      if (ids.length > 0) await db.query(tenant(collection.tenantId), DELETE, [collection.profile, ids])
    },

    async search(collection, vector, limit) {
      const values = [collection.profile, vectorText(collection, vector), limit]
      return db.query<VectorMatch>(tenant(collection.tenantId), SEARCH, values)
    },

    async *points(collection) {
      let last: string | null = null
      for (;;) {
        const page: { readonly id: string; readonly rowVersion: number }[] = await db.query(
          tenant(collection.tenantId),
          LIST,
          [collection.profile, last, PAGE_SIZE],
        )
        if (page.length > 0) yield page
        if (page.length < PAGE_SIZE) return
        last = page.at(-1)?.id ?? null
      }
    },
  }
}

function vectorText(collection: VectorCollection, vector: Float32Array): string {
  if (vector.length !== collection.dimensions) throw mismatch(collection, `a vector has ${vector.length}`)
  return `[${vector.join(',')}]`
}

function mismatch({ profile, dimensions }: VectorCollection, reason: string): MillraceError {
  return new MillraceError('SCHEMA_MISMATCH', {
    message: `Failed to use vector collection ${profile} with ${dimensions} dimensions: ${reason}. Give another model another profile.`,
    context: { profile, dimensions },
  })
}
