import type { Json } from '../contracts/json.ts'

/** Where a tenant's vectors of one profile live. */
export interface VectorCollection {
  readonly tenantId: number
  /** Provider, model, dimensions and template version. */
  readonly profile: string
  readonly dimensions: number
}

export interface VectorPoint {
  /** UUIDv5 of table, row, chunk and profile. */
  readonly id: string
  readonly vector: Float32Array
  /** Written only where the stored point's version is not greater. */
  readonly rowVersion: number
  readonly payload: { readonly [key: string]: Json }
}

export interface VectorMatch {
  readonly id: string
  /** Cosine similarity, greater is nearer. */
  readonly score: number
  readonly payload: { readonly [key: string]: Json }
}

/** Stores vectors and finds the nearest; cosine similarity. Every call names the tenant; none sees another's points. */
export interface VectorStore {
  readonly name: string
  /** Creates the collection if it is missing. @throws SCHEMA_MISMATCH when it exists with other dimensions. */
  prepare(collection: VectorCollection): Promise<void>
  /** Resolves when the points can be found. Repeating it changes nothing. */
  upsert(collection: VectorCollection, points: readonly VectorPoint[]): Promise<void>
  /** Resolves when the points can no longer be found. Unknown ids are no error. */
  delete(collection: VectorCollection, ids: readonly string[]): Promise<void>
  search(collection: VectorCollection, vector: Float32Array, limit: number): Promise<readonly VectorMatch[]>
  /** Ids and versions of all points, in pages; for reconciling. */
  points(collection: VectorCollection): AsyncIterable<readonly { readonly id: string; readonly rowVersion: number }[]>
}
