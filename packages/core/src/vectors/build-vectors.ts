import type { AnyEntity } from '../contracts/entity.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { ReadRow } from '../ports/loader.ts'
import type { BridgeRow, BridgeScope } from '../ports/vector-bridge.ts'
import type { VectorCollection, VectorStore } from '../ports/vector-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { documentsOf, lengthOf, profileOf } from './documents.ts'
import { paceByText } from './pace.ts'
import type { ReconcileSource } from './reconcile-vectors.ts'
import { syncDocuments, type VectorTools } from './sync-documents.ts'
import { waitForProvider } from './wait-for-provider.ts'

/** UTF-16 code units per token of English, about: what estimates are made with. */
const LENGTH_PER_TOKEN = 4

export interface BuildRequest {
  readonly tenantId: number
  readonly sources: readonly ReconcileSource[]
  /**
   * Keys of the rows to look at, where somebody knows which lack vectors; then the store is not put into bulk load.
   * @default all rows of the sources
   */
  readonly keys?: (source: ReconcileSource, entity: AnyEntity) => AsyncIterable<readonly string[]>
  /** Rows per batch. @default 64 */
  readonly batch?: number
  readonly signal?: AbortSignal
  /** @default the machine's */
  readonly clock?: Clock
  /** Told after every batch. */
  readonly onProgress?: (progress: BuildProgress) => void
}

export interface BuildProgress {
  /** Rows that were looked at. */
  readonly rows: number
  /** Documents that were embedded; the others were there already. */
  readonly embedded: number
}

export interface BuildEstimate {
  readonly rows: number
  readonly documents: number
  /** Chunks beyond the first of each row. */
  readonly chunks: number
  /** About, at four letters each. */
  readonly tokens: number
  /** In the currency of the price that was given; undefined without one. */
  readonly cost: number | undefined
}

/**
 * Builds the vectors of a model, from the rows as they are, beside the ones that serve. Name the model in `also` of the
 * vectorizer before, so that changes reach it from then on; rows that change meanwhile are neither lost nor embedded twice.
 *
 * Resumable: what the bridge knows to be ready is skipped, so building again after a crash goes on where it stopped, and
 * building what is complete embeds nothing.
 *
 * Waits as long as the provider asks to.
 *
 * @throws EMBED_FAILED and what the store throws; build again then
 *
 * @example
 * await buildVectors({ ...tools, provider: newer }, { tenantId: 1, sources })
 * await serveVectors(tools.store, newer, { tenantId: 1, before: older })
 */
export async function buildVectors(tools: VectorTools, request: BuildRequest): Promise<BuildProgress> {
  const { provider, store, bridge, loader } = tools
  const { tenantId, batch = 64, signal = new AbortController().signal, clock = systemClock } = request
  const collection = collectionOf(provider, tenantId)
  await store.prepare(collection)
  // Only what nobody searches yet may do without its index.
  const bulk = !request.keys && (await store.serving(tenantId)) !== collection.profile
  if (bulk) await store.tune?.(collection, 'bulk-load')
  const progress = { rows: 0, embedded: 0 }
  for (const source of request.sources) {
    for (const entity of source.entities) {
      if (!entity.embed) continue
      const scope = { tenantId, integrationId: source.integrationId }
      const mark = async (at: BridgeScope, rows: readonly BridgeRow[]): Promise<boolean> => {
        await bridge.mark(at, rows, undefined)
        return true
      }
      for await (const page of request.keys?.(source, entity) ?? keysOfRows(loader.read(scope, entity))) {
        for (let from = 0; from < page.length; from += batch) {
          let keys: readonly string[] = page.slice(from, from + batch)
          progress.rows += keys.length
          // A row that changes while it is embedded is done again, until it holds still.
          while (keys.length > 0) {
            signal.throwIfAborted()
            const sync = { ...source, tenantId, entity, keys, doubt: false, signal, mark }
            const result = await waitForProvider(() => syncDocuments(tools, sync), { clock, signal })
            progress.embedded += result?.embedded ?? 0
            keys = result ? await bridge.settle(result.scope, result.settled, undefined) : []
          }
          request.onProgress?.({ ...progress })
        }
      }
    }
  }
  if (bulk) await store.tune?.(collection, 'serve')
  return progress
}

async function* keysOfRows(pages: AsyncIterable<readonly ReadRow[]>): AsyncGenerator<readonly string[]> {
  for await (const rows of pages) yield rows.map(({ key }) => key)
}

/** What building would take, without asking the provider: the dry run. @param price of a million tokens */
export async function estimateBuild(
  { loader, provider }: Pick<VectorTools, 'loader' | 'provider'>,
  { tenantId, sources }: Pick<BuildRequest, 'tenantId' | 'sources'>,
  price?: number,
): Promise<BuildEstimate> {
  const found = { rows: 0, documents: 0, chunks: 0 }
  let length = 0
  const pace = paceByText()
  for (const source of sources) {
    for (const entity of source.entities) {
      if (!entity.embed) continue
      const scope = { tenantId, integrationId: source.integrationId, entity, profile: profileOf(provider) }
      for await (const rows of loader.read(scope, entity)) {
        for (const row of rows) {
          const documents = documentsOf(scope, source.sourceType, row)
          found.rows += 1
          found.documents += documents.length
          found.chunks += Math.max(0, documents.length - 1)
          length += lengthOf(documents)
          await pace(lengthOf(documents))
        }
      }
    }
  }
  const tokens = Math.ceil(length / LENGTH_PER_TOKEN)
  return { ...found, tokens, cost: price === undefined ? undefined : (tokens / 1_000_000) * price }
}

export interface ServeRequest {
  readonly tenantId: number
  /** The model that serves now, to compare with. @default none: nothing is compared */
  readonly before?: EmbeddingProvider
  /** @default 0.9 */
  readonly least?: number
}

/**
 * Lets a model's vectors serve a tenant's searches from now on; calling it with the model from before rolls back. The
 * vectors of the other one stay, until `VectorStore.drop` removes them.
 *
 * @throws INVALID_CONFIG when it has less than `least` of the points of the model `before`: it is not built yet
 */
export async function serveVectors(
  store: VectorStore,
  provider: EmbeddingProvider,
  { tenantId, before, least = 0.9 }: ServeRequest,
): Promise<void> {
  const collection = collectionOf(provider, tenantId)
  await store.prepare(collection)
  if (before) {
    const [built, known] = await Promise.all([
      countPoints(store, collection),
      countPoints(store, collectionOf(before, tenantId)),
    ])
    if (built < known * least) {
      throw new MillraceError('INVALID_CONFIG', {
        message: `Failed to let ${collection.profile} serve: it has ${built} points and ${profileOf(before)} has ${known}. Build it first.`,
        context: { built, known },
      })
    }
  }
  await store.serve(collection)
}

function collectionOf(provider: EmbeddingProvider, tenantId: number): VectorCollection {
  return { tenantId, profile: profileOf(provider), dimensions: provider.dimensions }
}

async function countPoints(store: VectorStore, collection: VectorCollection): Promise<number> {
  let count = 0
  for await (const page of store.points(collection)) count += page.length
  return count
}
