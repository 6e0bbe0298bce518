import { MillraceError } from '../errors/millrace-error.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { VectorFilter } from '../ports/vector-filter.ts'
import type { VectorPayload, VectorStore } from '../ports/vector-store.ts'
import { profileOf } from './documents.ts'
import { namesSomething, sparseQuery } from './sparse-words.ts'

export type SearchMode = 'dense' | 'sparse' | 'hybrid'

export interface SearchRequest {
  readonly tenantId: number
  /** What people type: words, a sentence, the key of an issue. */
  readonly query: string
  /** @default none */
  readonly filters?: VectorFilter
  /**
   * By meaning, by words, or by both. A store that is not `sparse` answers by meaning.
   * @default 'hybrid'
   */
  readonly mode?: SearchMode
  /** Rows at most. @default 10 */
  readonly limit?: number
  readonly signal?: AbortSignal
}

/** A row that was found, by the chunk that suits best. */
export interface SearchHit {
  /** Key of the entity row. */
  readonly rowId: string
  readonly entity: string
  readonly score: number
  /** The chunk's text. */
  readonly text: string
  readonly payload: VectorPayload
}

export interface SearchResult {
  readonly hits: readonly SearchHit[]
  /** The model whose collection served; undefined for a tenant without vectors. */
  readonly profile: string | undefined
  /** How it was really searched. */
  readonly mode: SearchMode
  /** False when the model finds shared words only. */
  readonly semantic: boolean
}

export interface SearchTools {
  readonly store: VectorStore
  /** Every model that may serve: while one replaces another, both. */
  readonly providers: readonly EmbeddingProvider[]
}

/** Points per row that is wanted, since several chunks of a row may be among the nearest. */
const CHUNKS_PER_ROW = 4

/** A query that names a key or an identifier is answered by its words first; any other by its meaning first. */
const EXACT = { dense: 0.25, sparse: 4 }
const MEANT = { dense: 2, sparse: 0.5 }

/**
 * Finds the rows of a tenant that a query is about, each once, best first.
 *
 * The collection that serves is asked, by its own model; that another one begins to serve meanwhile does no harm, because
 * the collection from before stays.
 *
 * @throws INVALID_CONFIG when no provider belongs to the collection that serves, or a filter has no index; EMBED_FAILED,
 *   RATE_LIMITED and what the store throws
 *
 * @example
 * const { hits } = await search({ store, providers: [provider] }, { tenantId: 1, query: 'login fails after update' })
 */
export async function search({ store, providers }: SearchTools, request: SearchRequest): Promise<SearchResult> {
  const { tenantId, query, filters, limit = 10, signal = new AbortController().signal } = request
  const mode = store.sparse ? (request.mode ?? 'hybrid') : 'dense'
  const profile = await store.serving(tenantId)
  const provider = providers.find((each) => profileOf(each) === profile)
  const semantic = provider?.semantic ?? true
  if (profile === undefined || query.trim() === '') return { hits: [], profile, mode, semantic }
  if (!provider) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to search: vectors are of ${profile}, and only ${providers.map(profileOf).join(', ') || 'nothing'} is configured. Configure its provider, or build vectors with another one.`,
      context: { profile },
    })
  }
  const dense = mode === 'sparse' ? undefined : (await provider.embed([query], signal))[0]
  const sparse = mode === 'dense' ? undefined : sparseQuery(query)
  const matches = await store.search(
    { tenantId, profile, dimensions: provider.dimensions },
    {
      ...(dense && { dense }),
      ...(sparse && { sparse }),
      ...(filters && { filter: filters }),
      weights: namesSomething(query) ? EXACT : MEANT,
      limit: limit * CHUNKS_PER_ROW,
    },
  )
  const rows = new Map<string, SearchHit>()
  for (const { score, payload } of matches) {
    const rowId = String(payload.row_id)
    if (rows.has(rowId)) continue
    rows.set(rowId, { rowId, entity: String(payload.entity), score, text: String(payload.text ?? ''), payload })
  }
  return { hits: [...rows.values()].slice(0, limit), profile, mode, semantic }
}
