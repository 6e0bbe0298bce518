import { type EmbeddingProvider, hashEmbeddings, profileOf, type Vectorizer, type VectorStore } from '@millrace/core'
import { hasOfflineModel, offlineEmbeddings } from '@millrace/core/offline-embeddings'
import { type Database, OWNER, pgvectorStore, postgresVectorBridge } from '@millrace/sink-postgres'
import { qdrantStore } from '@millrace/sink-qdrant'
import type { VectorChoice } from './vector-choice.ts'

/** What makes texts searchable, and what a search needs. Disposing of it ends its threads. */
export interface Vectors extends AsyncDisposable {
  readonly vectorizer: Vectorizer
  readonly store: VectorStore
  /** Every model that this program can ask. */
  readonly providers: readonly EmbeddingProvider[]
  /** For people: where vectors are, and what they are made with. */
  readonly description: string
}

const AVAILABLE = `SELECT FROM pg_available_extensions WHERE name = 'vector'`

/**
 * Opens the vector store and the models. A tenant keeps the model that serves it, as long as this program has it: texts of
 * two models cannot be found by one search.
 *
 * @returns undefined when there is no place for vectors: no Qdrant is configured, and the server lacks pgvector
 */
export async function openVectors(db: Database, choice: VectorChoice): Promise<Vectors | undefined> {
  const store = await openVectorStore(db, choice)
  if (!store) return undefined
  const hashing = hashEmbeddings()
  const wantsModel = choice.embeddings === 'offline' || (choice.embeddings === 'auto' && hasOfflineModel())
  const offline = wantsModel ? offlineEmbeddings() : undefined
  const provider = offline ?? hashing
  const providers = offline ? [offline, hashing] : [hashing]

  const chosen = new Map<number, EmbeddingProvider>()
  const modelOf = async (tenantId: number): Promise<EmbeddingProvider> => {
    const known = chosen.get(tenantId)
    if (known) return known
    const serving = await store.serving(tenantId)
    const found = providers.find((each) => profileOf(each) === serving)
    // Before the first collection another process may still decide.
    if (found) chosen.set(tenantId, found)
    return found ?? provider
  }
  return {
    store,
    providers,
    vectorizer: {
      provider,
      modelsOf: async ({ tenantId }) => [await modelOf(tenantId)],
      store,
      bridge: postgresVectorBridge(db),
    },
    description: `${offline ? OFFLINE : HASHED}, and kept in ${PLACES[store.name] ?? store.name}.`,
    async [Symbol.asyncDispose]() {
      await offline?.[Symbol.asyncDispose]()
    },
  }
}

/** Where vectors are: Qdrant where it is configured, else beside the rows where the database can keep them. */
async function openVectorStore(db: Database, { qdrant }: VectorChoice): Promise<VectorStore | undefined> {
  if (qdrant) return qdrantStore({ url: qdrant.url, ...(qdrant.apiKey !== undefined && { apiKey: qdrant.apiKey }) })
  const [extension] = await db.query(OWNER, AVAILABLE)
  return extension && pgvectorStore(db)
}

export const NO_VECTORS =
  'The server lacks the extension pgvector and MILLRACE_QDRANT_URL is not set, so nothing is embedded.'
const OFFLINE = 'Texts are embedded by a small model inside of this program'
const HASHED = 'Texts are embedded by hashing their words, which finds shared words and no meaning'
const PLACES: { readonly [store: string]: string } = { pgvector: 'the database', qdrant: 'Qdrant' }
