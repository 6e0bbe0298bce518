import {
  type AnyEntity,
  buildVectors,
  type Chore,
  type Connector,
  type EmbeddingProvider,
  profileOf,
  type ReconcileSource,
  type Vectorizer,
} from '@millrace/core'
import { ENGINE } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { entityTable } from '../entities/entity-table.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { takeOn } from '../retention/take-on.ts'
import { lookAt } from './embedding-mark.ts'
import { missingKeys } from './missing-keys.ts'
import { vectorSources } from './vector-sources.ts'

export interface EmbedMissingOptions {
  readonly vectorizer: Vectorizer
  readonly connectors: readonly Connector[]
  readonly signal?: AbortSignal
}

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
  const { integrationId } = source
  const table = entityTable(entity)
  const profile = profileOf(provider)
  const look = await lookAt(db, { tenantId, integrationId, entity, profile })
  if (!look) return 0
  const keys = () => missingKeys(db, { tenantId, integrationId, table, profile, afterRun: look.afterRun })
  const tools = { provider, store, bridge, loader: postgresLoader(db) }
  const sources = [{ ...source, entities: [entity] }]
  const { embedded } = await buildVectors(tools, { tenantId, sources, keys, ...(signal && { signal }) })
  await look.done()
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
