import { buildVectors, type Chore, type Connector, profileOf, type Vectorizer } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { takeOn } from '../retention/take-on.ts'
import { vectorCoverage } from './vector-coverage.ts'
import { vectorSources } from './vector-sources.ts'

export interface EmbedMissingOptions {
  readonly vectorizer: Vectorizer
  readonly connectors: readonly Connector[]
  readonly signal?: AbortSignal
}

/** What a run writes it also embeds; whatever it has not come to yet would be paid for twice. */
const IS_RUNNING = `SELECT FROM etl_runs WHERE state = 'running' LIMIT 1`

/**
 * Embeds what was loaded by processes that had no vectorizer: rows of which the bridge knows nothing. Tenants whose runs
 * are under way are left for the next time. Rows that have no text are looked at again, which costs no embedding.
 *
 * @returns how many documents were embedded
 * @throws what provider and store throw; the same call goes on where it stopped
 */
export async function embedMissing(db: Database, options: EmbedMissingOptions): Promise<number> {
  const { vectorizer, connectors, signal } = options
  const { store, bridge } = vectorizer
  const loader = postgresLoader(db)
  let embedded = 0
  for (const { id: tenantId } of await db.query<{ id: number }>(
    ENGINE,
    'SELECT id FROM tenants WHERE active ORDER BY id',
  )) {
    for (const source of await vectorSources(db, { tenantId, connectors })) {
      signal?.throwIfAborted()
      const { integrationId } = source
      if ((await db.query(tenant(tenantId), IS_RUNNING)).length > 0) break
      const models = (await vectorizer.modelsOf?.({ tenantId, integrationId })) ?? [
        vectorizer.provider,
        ...(vectorizer.also ?? []),
      ]
      for (const provider of models) {
        const request = { tenantId, integrationId, entities: source.entities, profile: profileOf(provider) }
        const lacking = new Set(
          (await vectorCoverage(db, request)).filter(({ missing }) => missing > 0).map(({ entity }) => entity),
        )
        const entities = source.entities.filter(({ name }) => lacking.has(name))
        if (entities.length === 0) continue
        const sources = [{ ...source, entities }]
        const tools = { provider, store, bridge, loader }
        embedded += (await buildVectors(tools, { tenantId, sources, ...(signal && { signal }) })).embedded
      }
    }
  }
  return embedded
}

const LOOK_MS = 300_000

/**
 * `embedMissing` as a chore of workers: of all processes that share the database, one does it, once in `everyMs`.
 *
 * @param options.everyMs default: 3_600_000
 * @example createRuntime({ …, vectorizer, chores: [embedMissingChore(db, { vectorizer, connectors })] })
 */
export function embedMissingChore(
  db: Database,
  options: Omit<EmbedMissingOptions, 'signal'> & { readonly everyMs?: number },
): Chore {
  const { everyMs = 3_600_000, ...rest } = options
  return {
    name: 'embed what is missing',
    everyMs: Math.min(LOOK_MS, everyMs),
    async run(signal) {
      if (await takeOn(db, 'embed missing', everyMs)) await embedMissing(db, { ...rest, signal })
    },
  }
}
