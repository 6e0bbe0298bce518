import {
  type AnyEntity,
  buildVectors,
  type Chore,
  type Connector,
  type EmbeddingProvider,
  type EmbedSpec,
  profileOf,
  type ReconcileSource,
  type StoredRow,
  type Vectorizer,
} from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { entityTable } from '../entities/entity-table.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { takeOn } from '../retention/take-on.ts'
import { missingKeys } from './missing-keys.ts'
import { vectorSources } from './vector-sources.ts'

export interface EmbedMissingOptions {
  readonly vectorizer: Vectorizer
  readonly connectors: readonly Connector[]
  readonly signal?: AbortSignal
}

/** What a run writes it also embeds; whatever it has not come to yet would be paid for twice. */
const IS_RUNNING = `SELECT FROM etl_runs WHERE state = 'running' LIMIT 1`

/** A connector that never ran has no table. $1 table */
const EXISTS = 'SELECT to_regclass($1) IS NOT NULL AS exists'

/** By the index for reading what a run changed. $1 integration */
const newestRun = (table: string): string =>
  `SELECT max(run_id) AS run FROM ${identifier(table)} WHERE integration_id = $1`

/** A template that says something else of the same rows begins anew. $1 integration · $2 table · $3 profile · $4 template version */
const READ_MARK = `
  SELECT run_id AS run FROM embedding_marks
   WHERE integration_id = $1 AND table_name = $2 AND profile = $3 AND template_version = $4`

/** $1 integration · $2 table · $3 profile · $4 template version · $5 tenant · $6 run */
const WRITE_MARK = `
  INSERT INTO embedding_marks (integration_id, table_name, profile, template_version, tenant_id, run_id)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (integration_id, table_name, profile) DO UPDATE SET
    template_version = excluded.template_version, run_id = excluded.run_id`

/**
 * Embeds what was loaded by processes that had no vectorizer: rows of which the bridge knows nothing. Tenants whose runs
 * are under way are left for the next time. Rows are looked at once per model: what no run wrote since costs nothing.
 *
 * @returns how many documents were embedded
 * @throws what provider and store throw; the same call goes on where it stopped
 */
export async function embedMissing(db: Database, options: EmbedMissingOptions): Promise<number> {
  const { vectorizer, connectors, signal } = options
  let embedded = 0
  for (const { id: tenantId } of await db.query<{ id: number }>(
    ENGINE,
    'SELECT id FROM tenants WHERE active ORDER BY id',
  )) {
    for (const source of await vectorSources(db, { tenantId, connectors })) {
      const models = (await vectorizer.modelsOf?.({ tenantId, integrationId: source.integrationId })) ?? [
        vectorizer.provider,
        ...(vectorizer.also ?? []),
      ]
      for (const provider of models) {
        for (const entity of source.entities) {
          signal?.throwIfAborted()
          if (entity.embed) embedded += await embedRest(db, options, { tenantId, source, entity, provider })
        }
      }
    }
  }
  return embedded
}

interface Rest {
  readonly tenantId: number
  readonly source: ReconcileSource
  readonly entity: AnyEntity
  readonly provider: EmbeddingProvider
}

/** Embeds what one entity of one account lacks in one model. */
async function embedRest(
  db: Database,
  { vectorizer: { store, bridge }, signal }: EmbedMissingOptions,
  { tenantId, source, entity, provider }: Rest,
): Promise<number> {
  const access = tenant(tenantId)
  const { integrationId } = source
  const table = entityTable(entity)
  const [there] = await db.query<{ exists: boolean }>(access, EXISTS, [identifier(table.name)])
  if (!there?.exists) return 0
  const profile = profileOf(provider)
  const { version = 1 } = entity.embed as EmbedSpec<StoredRow>
  const mark = [integrationId, table.name, profile, version]
  const [looked] = await db.query<{ run: number }>(access, READ_MARK, mark)
  const [newest] = await db.query<{ run: number | null }>(access, newestRun(table.name), [integrationId])
  const [afterRun, upTo] = [looked?.run ?? 0, newest?.run ?? 0]
  // Asked after the newest run: one that wrote until then, and still runs, has more to write.
  if (upTo <= afterRun || (await db.query(access, IS_RUNNING)).length > 0) return 0
  const keys = () => missingKeys(db, { tenantId, integrationId, table, profile, afterRun })
  const tools = { provider, store, bridge, loader: postgresLoader(db) }
  const sources = [{ ...source, entities: [entity] }]
  const { embedded } = await buildVectors(tools, { tenantId, sources, keys, ...(signal && { signal }) })
  await db.query(access, WRITE_MARK, [...mark, tenantId, upTo])
  return embedded
}

/** Until then coverage takes rows without a text for missing. */
const EVERY_MS = 300_000

/**
 * `embedMissing` as a chore of workers: of all processes that share the database, one does it, once in `everyMs`.
 *
 * @param options.everyMs default: 300_000
 * @example createRuntime({ …, vectorizer, chores: [embedMissingChore(db, { vectorizer, connectors })] })
 */
export function embedMissingChore(
  db: Database,
  options: Omit<EmbedMissingOptions, 'signal'> & { readonly everyMs?: number },
): Chore {
  const { everyMs = EVERY_MS, ...rest } = options
  return {
    name: 'embed what is missing',
    everyMs,
    async run(signal) {
      if (await takeOn(db, 'embed missing', everyMs)) await embedMissing(db, { ...rest, signal })
    },
  }
}
