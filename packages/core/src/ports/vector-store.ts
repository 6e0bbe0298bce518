import type { Json } from '../contracts/json.ts'
import type { VectorFilter } from './vector-filter.ts'

/** Where a tenant's vectors of one profile live. */
export interface VectorCollection {
  readonly tenantId: number
  /** Provider, model, dimensions and the version of what is made of a row. */
  readonly profile: string
  readonly dimensions: number
}

/** The words of a text: places in a space of 2³² dimensions, each once, and how much each weighs in this text. */
export interface SparseVector {
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

export interface VectorPayload {
  readonly [key: string]: Json
}

export interface VectorPoint {
  /** UUIDv5 of table, row, chunk and profile. */
  readonly id: string
  readonly vector: Float32Array
  /** Kept by stores that say `sparse`, else ignored. @default none: the point is not found by its words */
  readonly sparse?: SparseVector
  /** Written only where the stored point's version is not greater. */
  readonly rowVersion: number
  /** Fields of `FILTER_FIELDS` can be searched by. */
  readonly payload: VectorPayload
}

/** A new payload for a point whose vector stays. */
export type PayloadPatch = Pick<VectorPoint, 'id' | 'rowVersion' | 'payload'>

/**
 * What to look for: by meaning (`dense`), by words (`sparse`), or by both, then the two rankings are fused as `fuseRanks`
 * does it.
 */
export interface VectorQuery {
  readonly dense?: Float32Array
  readonly sparse?: SparseVector
  /** How much each ranking counts when both are asked; above 0. @default 1 each */
  readonly weights?: { readonly dense: number; readonly sparse: number }
  readonly filter?: VectorFilter
  readonly limit: number
}

export interface VectorMatch {
  readonly id: string
  /** Cosine similarity of `dense`, BM25 of `sparse`, the fused score of both. Greater is nearer. */
  readonly score: number
  readonly payload: VectorPayload
}

/** A point as it is listed and removed. */
export interface ListedPoint {
  readonly id: string
  readonly rowVersion: number
}

/** Stores vectors and finds the nearest; cosine similarity. Every call names the tenant; none sees another's points. */
export interface VectorStore {
  readonly name: string
  /**
   * Points keep sparse vectors, and `search` ranks by them with BM25 over the collection's own frequencies.
   * @default false. Consequence: queries must be dense; a search by words falls back to meaning, and says so.
   */
  readonly sparse?: boolean
  /**
   * Makes indexes while points are few, or puts them off while many arrive.
   * @default absent. Consequence: a model is built at the pace of the index.
   */
  tune?(collection: VectorCollection, purpose: 'bulk-load' | 'serve'): Promise<void>
  /**
   * Creates the collection, and the indexes of what can be filtered by, if they are missing. The first collection of a
   * tenant serves it from then on.
   *
   * @throws SCHEMA_MISMATCH when it exists with other dimensions or another metric
   */
  prepare(collection: VectorCollection): Promise<void>
  /** Resolves when the points can be found. Repeating it changes nothing. */
  upsert(collection: VectorCollection, points: readonly VectorPoint[]): Promise<void>
  /**
   * Replaces payloads and raises versions; vectors stay. Only where the stored version is not greater; unknown ids are no
   * error. Resolves when searches see it.
   */
  patch(collection: VectorCollection, patches: readonly PayloadPatch[]): Promise<void>
  /**
   * Removes points whose stored version is not greater: what was written since stays. Unknown ids are no error. Resolves
   * when the points can no longer be found.
   */
  delete(collection: VectorCollection, points: readonly ListedPoint[]): Promise<void>
  /**
   * Nearest first, ties by id; what shares no word with a sparse query is no match of it.
   *
   * @throws SCHEMA_MISMATCH when the query has other dimensions; INVALID_CONFIG when it is sparse and the store is not, or
   *   filters by a field that is not in `FILTER_FIELDS`
   */
  search(collection: VectorCollection, query: VectorQuery): Promise<readonly VectorMatch[]>
  /** Ids and versions of all points, in pages; for reconciling. */
  points(collection: VectorCollection): AsyncIterable<readonly ListedPoint[]>
  /** The profile that serves a tenant's searches; undefined before its first collection. */
  serving(tenantId: number): Promise<string | undefined>
  /** Lets this collection serve instead of another, at once: there is no moment at which none does. */
  serve(collection: VectorCollection): Promise<void>
  /** Removes the collection with its points; none is no error. @throws INVALID_CONFIG while it serves */
  drop(collection: VectorCollection): Promise<void>
  /**
   * Removes every point of a tenant, of all profiles, with collections that are the tenant's alone and what says which one
   * serves: nothing tells any more that there was such a tenant. None is no error, and interrupted, the same call goes on.
   */
  dropTenant(tenantId: number): Promise<void>
}
