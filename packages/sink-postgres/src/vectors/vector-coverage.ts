import type { AnyEntity, EmbedSpec, StoredRow } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { type EntityTable, entityTable, keyText } from '../entities/entity-table.ts'

export interface CoverageRequest {
  readonly tenantId: number
  /** Of all connectors, for example; those that embed nothing are left out. */
  readonly entities: readonly AnyEntity[]
  /** The model whose vectors are counted: `profileOf(provider)`, or what `VectorStore.serving` says. */
  readonly profile: string
  /** @default every integration of the tenant */
  readonly integrationId?: number
}

/** How far the rows of one entity and integration can be found, in numbers of rows; `chunks` counts points. */
export interface EntityCoverage {
  readonly entity: string
  readonly integrationId: number
  /** Live rows. */
  readonly rows: number
  /** All of whose chunks are ready. */
  readonly embedded: number
  /** That are being embedded, or were left half done. */
  readonly pending: number
  /** Of the pending ones, those that failed. */
  readonly failed: number
  /** Of which no chunk is known: not embedded yet, or not looked at since they were written. */
  readonly missing: number
  /** That were looked at, and have no text to embed. Only `embedMissing` and `reconcileRows` tell them from what is missing. */
  readonly wordless: number
  /** That are gone, and have points left. */
  readonly orphans: number
  /** Points that are ready. */
  readonly chunks: number
  /** When the newest of the points was written. */
  readonly lastEmbeddedAt: Date | null
  /** Why one of the failed rows failed; the one that was tried last. */
  readonly lastError: string | null
}

/**
 * Rows are looked at run by run: what lacks chunks and was written before a mark has no text.
 *
 * $1 profile · $2 integration, or null for all of the tenant's · $3 table · $4 template version
 */
const coverageOf = (table: EntityTable): string => `
  WITH live AS (
    SELECT t.integration_id, ${keyText(table, 't')} AS record_key, t.run_id <= mark.run_id AS looked_at
      FROM ${identifier(table.name)} t LEFT JOIN embedding_marks mark ON mark.integration_id = t.integration_id
        AND mark.table_name = $3 AND mark.profile = $1 AND mark.template_version = $4
     WHERE t.active AND ($2::integer IS NULL OR t.integration_id = $2)),
  known AS (
    SELECT integration_id, record_key, bool_and(state = 'ready') AS ready,
      count(*) FILTER (WHERE state = 'ready') AS chunks, max(last_updated_at) FILTER (WHERE state = 'ready') AS embedded_at,
      max(last_updated_at) FILTER (WHERE error IS NOT NULL) AS failed_at, min(error) AS error
      FROM qdrant_vectors
     WHERE table_name = $3 AND profile = $1 AND ($2::integer IS NULL OR integration_id = $2)
     GROUP BY integration_id, record_key)
  SELECT $3::text AS entity, coalesce(live.integration_id, known.integration_id) AS "integrationId",
    count(live.record_key) AS rows,
    count(*) FILTER (WHERE live.record_key IS NOT NULL AND known.ready) AS embedded,
    count(*) FILTER (WHERE live.record_key IS NOT NULL AND NOT known.ready) AS pending,
    count(*) FILTER (WHERE live.record_key IS NOT NULL AND NOT known.ready AND known.error IS NOT NULL) AS failed,
    count(*) FILTER (WHERE known.record_key IS NULL AND live.looked_at IS NOT TRUE) AS missing,
    count(*) FILTER (WHERE known.record_key IS NULL AND live.looked_at) AS wordless,
    count(*) FILTER (WHERE live.record_key IS NULL) AS orphans,
    coalesce(sum(known.chunks), 0)::bigint AS chunks,
    max(known.embedded_at) AS "lastEmbeddedAt",
    (array_agg(known.error ORDER BY known.failed_at DESC) FILTER (WHERE known.error IS NOT NULL))[1] AS "lastError"
    FROM live FULL JOIN known USING (integration_id, record_key)
   GROUP BY coalesce(live.integration_id, known.integration_id)
   ORDER BY 2`

/**
 * What is embedded and what is not, by the rows and the bridge: for people and dashboards. The store itself is not asked;
 * `reconcileRows` does that, and takes its time.
 *
 * Reads every live row's key, so it takes about a second per million rows.
 *
 * @example
 * const entities = connectors.flatMap((connector) => connector.entities)
 * await vectorCoverage(db, { tenantId: 1, entities, profile: (await store.serving(1)) ?? profileOf(provider) })
 */
export async function vectorCoverage(db: Database, request: CoverageRequest): Promise<readonly EntityCoverage[]> {
  const { tenantId, profile, integrationId = null } = request
  const embedded = request.entities.filter(({ embed }) => embed !== undefined)
  return db.transaction(tenant(tenantId), async (tx) => {
    const found: EntityCoverage[] = []
    for (const entity of embedded) {
      const table = entityTable(entity)
      // A connector that never ran has no tables.
      const [there] = await tx.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
        identifier(table.name),
      ])
      if (!there?.exists) continue
      const { version = 1 } = entity.embed as EmbedSpec<StoredRow>
      const values = [profile, integrationId, table.name, version]
      found.push(...(await tx.query<EntityCoverage>(coverageOf(table), values)))
    }
    return found
  })
}
