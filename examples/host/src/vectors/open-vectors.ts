import {
  type EmbeddingProvider,
  type EmbeddingSettings,
  hashEmbeddings,
  openEmbeddings,
  parseEmbeddingSettings,
  profileOf,
  type Vectorizer,
  type VectorStore,
} from '@millrace/core'
import { hasOfflineModel, offlineEmbeddings } from '@millrace/core/offline-embeddings'
import {
  type Database,
  type ModelChoice,
  OWNER,
  pgvectorStore,
  postgresBudget,
  postgresVectorBridge,
  readTenantModels,
  type Secrets,
} from '@millrace/sink-postgres'
import { qdrantStore } from '@millrace/sink-qdrant'
import type { VectorChoice } from './vector-choice.ts'

/** What makes texts searchable, and what a search needs. Disposing of it ends its threads. */
export interface Vectors extends AsyncDisposable {
  readonly vectorizer: Vectorizer
  readonly store: VectorStore
  /** The models of a tenant, the one that serves first; while one replaces another, both. */
  modelsOf(tenantId: number): Promise<readonly EmbeddingProvider[]>
  /** Every model that may have made a tenant's vectors: what `search` is to be given. */
  providersOf(tenantId: number): Promise<readonly EmbeddingProvider[]>
  /** The model that this program is configured with. */
  readonly preferred: EmbeddingSettings
  /** What a tenant is embedded with that names no model. */
  defaultOf(tenantId: number): Promise<EmbeddingSettings>
  open(choice: ModelChoice): EmbeddingProvider
  /** For people: where vectors are, and what they are made with. */
  readonly description: string
}

const AVAILABLE = `SELECT FROM pg_available_extensions WHERE name = 'vector'`

/**
 * Opens the vector store and the models. A tenant's texts are embedded by the model that its integrations name; one that
 * names none keeps the model that serves it, as long as this program has it: texts of two models cannot be found by one search.
 *
 * @param secrets asked for when the key of an embedding server is to be opened
 * @returns undefined when there is no place for vectors: no Qdrant is configured, and the server lacks pgvector
 */
export async function openVectors(
  db: Database,
  choice: VectorChoice,
  secrets: () => Promise<Secrets>,
): Promise<Vectors | undefined> {
  const store = await openVectorStore(db, choice)
  if (!store) return undefined
  const hashing = hashEmbeddings()
  const offline = offlineEmbeddings()
  const prefersModel = choice.embeddings === 'offline' || (choice.embeddings === 'auto' && hasOfflineModel())
  const provider: EmbeddingProvider = prefersModel ? offline : hashing
  const local: readonly EmbeddingProvider[] = [offline, hashing]

  const kept = new Map<number, EmbeddingProvider>()
  const localOf = async (tenantId: number): Promise<EmbeddingProvider> => {
    const known = kept.get(tenantId)
    if (known) return known
    const serving = await store.serving(tenantId)
    const found = local.find((each) => profileOf(each) === serving)
    // Before the first collection another process may still decide.
    if (found) kept.set(tenantId, found)
    return found ?? provider
  }
  const opened = new Map<string, EmbeddingProvider>()
  const budget = postgresBudget(db)
  const open = ({ settings, apiKey, account }: ModelChoice): EmbeddingProvider => {
    const name = JSON.stringify([settings, apiKey, account])
    const shared = { budget, ...account }
    const found = opened.get(name) ?? openEmbeddings(settings, { apiKey, shared, offline: () => offline })
    opened.set(name, found)
    return found
  }
  const named = async (tenantId: number): Promise<readonly EmbeddingProvider[] | undefined> => {
    const models = await readTenantModels(db, { tenantId, secrets })
    return models && [open(models.current), ...(models.also ? [open(models.also)] : [])]
  }
  const modelsOf = async (tenantId: number): Promise<readonly EmbeddingProvider[]> =>
    (await named(tenantId)) ?? [await localOf(tenantId)]

  return {
    store,
    open,
    modelsOf,
    providersOf: async (tenantId) => [...((await named(tenantId)) ?? []), ...local],
    preferred: parseEmbeddingSettings(settingsOf(provider)),
    defaultOf: async (tenantId) => parseEmbeddingSettings(settingsOf(await localOf(tenantId))),
    vectorizer: {
      provider,
      modelsOf: ({ tenantId }) => modelsOf(tenantId),
      store,
      bridge: postgresVectorBridge(db),
    },
    description: `${prefersModel ? OFFLINE : HASHED}, and kept in ${PLACES[store.name] ?? store.name}.`,
    [Symbol.asyncDispose]: () => offline[Symbol.asyncDispose](),
  }
}

function settingsOf({ name, dimensions }: EmbeddingProvider): object {
  const [provider, model] = name.split(':')
  return { provider, model, dimensions }
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
