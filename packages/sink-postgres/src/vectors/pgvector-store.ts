import {
  type ListedPoint,
  MillraceError,
  stillServing,
  type VectorCollection,
  type VectorMatch,
  type VectorStore,
} from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { toJsonb } from '../ledger/to-jsonb.ts'
import { searchPlan } from './vector-search.ts'
import { ensureVectorTables } from './vector-tables.ts'

/** The first collection of a tenant serves it. $1 tenant · $2 profile · $3 dimensions */
const ADD_COLLECTION = `
  INSERT INTO vector_collections (tenant_id, profile, dimensions, serves)
  SELECT $1, $2, $3, NOT EXISTS (SELECT FROM vector_collections WHERE tenant_id = $1 AND serves)
  ON CONFLICT (tenant_id, profile) DO NOTHING`

/** Nobody else may become the first at the same time. $1 tenant */
const LOCK_TENANT = `SELECT pg_advisory_xact_lock(hashtextextended('millrace vector collections ' || $1::int, 0))`

/** $1 profile */
const READ_COLLECTION = 'SELECT dimensions, serves FROM vector_collections WHERE profile = $1'

/** An older version never wins. $1 tenant · $2 profile · $3 the points as JSON */
const UPSERT = `
  INSERT INTO vector_points AS p (tenant_id, profile, id, embedding, row_version, payload, terms, weights)
  SELECT $1, $2, id, embedding::vector, "rowVersion", payload, terms, weights
    FROM jsonb_to_recordset($3::jsonb) AS given
      (id uuid, embedding text, "rowVersion" bigint, payload jsonb, terms bigint[], weights real[])
   ORDER BY id
  ON CONFLICT (tenant_id, profile, id) DO UPDATE SET
    embedding = excluded.embedding, row_version = excluded.row_version, payload = excluded.payload,
    terms = excluded.terms, weights = excluded.weights
  WHERE p.row_version <= excluded.row_version`

/** $1 profile · $2 the patches as JSON */
const PATCH = `
  WITH given AS (
    SELECT g.* FROM jsonb_to_recordset($2::jsonb) AS g (id uuid, "rowVersion" bigint, payload jsonb)
      JOIN vector_points p ON p.profile = $1 AND p.id = g.id ORDER BY g.id FOR UPDATE OF p)
  UPDATE vector_points p SET payload = given.payload, row_version = given."rowVersion"
    FROM given WHERE p.profile = $1 AND p.id = given.id AND p.row_version <= given."rowVersion"`

/** $1 profile · $2 points: id, rowVersion */
const DELETE = `
  WITH given AS (
    SELECT g.* FROM jsonb_to_recordset($2::jsonb) AS g (id uuid, "rowVersion" bigint)
      JOIN vector_points p ON p.profile = $1 AND p.id = g.id ORDER BY g.id FOR UPDATE OF p)
  DELETE FROM vector_points p USING given
   WHERE p.profile = $1 AND p.id = given.id AND p.row_version <= given."rowVersion"`

/** $1 profile · $2 the last id of the page before, or null · $3 limit */
const LIST = `
  SELECT id, row_version AS "rowVersion" FROM vector_points
   WHERE profile = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`

const SERVING = 'SELECT profile FROM vector_collections WHERE serves'

/** In this order, since one at most may serve. $1 profile */
const STOP_OTHERS = 'UPDATE vector_collections SET serves = false WHERE serves AND profile <> $1'
const SERVE = 'UPDATE vector_collections SET serves = true WHERE profile = $1'

/** $1 profile */
const DROP_POINTS = 'DELETE FROM vector_points WHERE profile = $1'
const DROP_COLLECTION = 'DELETE FROM vector_collections WHERE profile = $1'

/** Points first, since they refer to their collection. */
const DROP_ALL_POINTS = 'DELETE FROM vector_points'
const DROP_ALL_COLLECTIONS = 'DELETE FROM vector_collections'

const PAGE_SIZE = 1000

/**
 * Vectors in PostgreSQL by the extension pgvector, kept apart by row security. A search compares with every point of its
 * collection and is therefore exact; beyond some hundred thousand points per tenant, Qdrant is the faster place.
 */
export function pgvectorStore(db: Database): VectorStore {
  let tables: Promise<void> | undefined
  const ensureTables = (): Promise<void> => {
    tables ??= ensureVectorTables(db).catch((error: unknown) => {
      tables = undefined
      throw error
    })
    return tables
  }

  return {
    name: 'pgvector',
    sparse: true,

    async prepare(collection) {
      await ensureTables()
      const { tenantId, profile, dimensions } = collection
      const found = await db.transaction(tenant(tenantId), async (tx) => {
        const [known] = await tx.query<{ dimensions: number }>(READ_COLLECTION, [profile])
        if (known) return known.dimensions
        await tx.query(LOCK_TENANT, [tenantId])
        await tx.execute(ADD_COLLECTION, [tenantId, profile, dimensions])
        const [made] = await tx.query<{ dimensions: number }>(READ_COLLECTION, [profile])
        return made?.dimensions
      })
      if (found !== dimensions) throw mismatch(collection, `it has ${found} dimensions`)
    },

    async upsert(collection, points) {
      const given = points.map(({ id, vector, sparse, rowVersion, payload }) => ({
        id,
        embedding: vectorText(collection, vector),
        rowVersion,
        payload,
        terms: sparse?.indices ?? [],
        weights: sparse?.values ?? [],
      }))
      if (given.length === 0) return
      await db.query(tenant(collection.tenantId), UPSERT, [collection.tenantId, collection.profile, toJsonb(given)])
    },

    async patch(collection, patches) {
      if (patches.length === 0) return
      await db.query(tenant(collection.tenantId), PATCH, [collection.profile, toJsonb(patches)])
    },

    async delete(collection, points) {
      if (points.length === 0) return
      await db.query(tenant(collection.tenantId), DELETE, [collection.profile, toJsonb(points)])
    },

    async search(collection, query) {
      const plan = searchPlan(collection.profile, query, (vector) => vectorText(collection, vector))
      return db.transaction(tenant(collection.tenantId), async (tx) => {
        const answers: (readonly VectorMatch[])[] = []
        for (const { sql, values } of plan.statements) answers.push(await tx.query<VectorMatch>(sql, values))
        return plan.combine(answers)
      })
    },

    async *points(collection) {
      let last: string | null = null
      for (;;) {
        const page: ListedPoint[] = await db.query(tenant(collection.tenantId), LIST, [
          collection.profile,
          last,
          PAGE_SIZE,
        ])
        if (page.length > 0) yield page
        if (page.length < PAGE_SIZE) return
        last = page.at(-1)?.id ?? null
      }
    },

    async serving(tenantId) {
      await ensureTables()
      const [found] = await db.query<{ profile: string }>(tenant(tenantId), SERVING)
      return found?.profile
    },

    serve: (collection) =>
      db.transaction(tenant(collection.tenantId), async (tx) => {
        await tx.query(LOCK_TENANT, [collection.tenantId])
        await tx.execute(STOP_OTHERS, [collection.profile])
        if ((await tx.execute(SERVE, [collection.profile])) === 0) throw mismatch(collection, 'it does not exist')
      }),

    drop: (collection) =>
      db.transaction(tenant(collection.tenantId), async (tx) => {
        await tx.query(LOCK_TENANT, [collection.tenantId])
        const [found] = await tx.query<{ serves: boolean }>(READ_COLLECTION, [collection.profile])
        if (found?.serves) throw stillServing(collection)
        await tx.execute(DROP_POINTS, [collection.profile])
        await tx.execute(DROP_COLLECTION, [collection.profile])
      }),

    async dropTenant(tenantId) {
      await ensureTables()
      // Row security leaves no other tenant's rows to delete.
      await db.transaction(tenant(tenantId), async (tx) => {
        await tx.query(LOCK_TENANT, [tenantId])
        await tx.execute(DROP_ALL_POINTS)
        await tx.execute(DROP_ALL_COLLECTIONS)
      })
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
