import type { CreateCollection, Filter, IndexSchema, Nearest, Point, PointId, Query, Update } from './contract.ts'
import { fieldsOf, meets } from './filter.ts'
import { Refusal } from './refusal.ts'

/** Limits of a collection in strict mode; what is left out is not limited. */
export interface StrictMode {
  readonly enabled: boolean
  readonly unindexed_filtering_retrieve?: boolean
  readonly unindexed_filtering_update?: boolean
  readonly upsert_max_batchsize?: number
  readonly max_query_limit?: number
}

export interface Scored {
  readonly id: PointId
  readonly score: number
}

/** One collection: points, payload indexes, configuration. */
export interface Collection {
  readonly config: CreateCollection
  readonly strict: StrictMode
  readonly indexes: Map<string, IndexSchema>
  readonly points: Map<PointId, Point>
  /** Changed by `PATCH`. */
  tuning: { m: number; indexingThreshold: number }
}

export const newCollection = (config: CreateCollection, strict: StrictMode): Collection => ({
  config,
  strict,
  indexes: new Map(),
  points: new Map(),
  tuning: { m: config.hnsw_config?.m ?? 16, indexingThreshold: 20_000 },
})

/** Refuses what an update may not do, before any of it is done. */
export const checkUpdate = (collection: Collection, update: Update): void => {
  if ('upsert' in update) {
    const most = collection.strict.enabled ? collection.strict.upsert_max_batchsize : undefined
    const { points, update_filter } = update.upsert
    if (most !== undefined && points.length > most) {
      throw new Refusal(400, `Bad request: Limit exceeded ${points.length} > ${most} for "upsert limit".`)
    }
    requireIndexes(collection, update_filter, 'unindexed_filtering_update')
    for (const { vector } of points)
      for (const [name, value] of Object.entries(vector)) checkVector(collection, name, value)
  } else {
    const { filter } = 'delete' in update ? update.delete : update.overwrite_payload
    requireIndexes(collection, filter, 'unindexed_filtering_update')
  }
}

/** New points are inserted whatever `update_filter` says; existing ones are replaced where they meet it. */
export const applyUpdate = ({ points }: Collection, update: Update): void => {
  if ('upsert' in update) {
    for (const point of update.upsert.points) {
      const stored = points.get(point.id)
      if (stored && !meets(stored, update.upsert.update_filter)) continue
      points.set(point.id, point)
    }
    return
  }
  const { filter } = 'delete' in update ? update.delete : update.overwrite_payload
  for (const point of [...points.values()]) {
    if (!meets(point, filter)) continue
    if ('delete' in update) points.delete(point.id)
    else points.set(point.id, { ...point, payload: update.overwrite_payload.payload })
  }
}

export const runQuery = (
  collection: Collection,
  { query, using, filter, prefetch, limit }: Query,
): readonly Scored[] => {
  checkLimit(collection, limit)
  if ('rrf' in query) {
    const { k = 2, weights = [] } = query.rrf
    const sources = prefetch ?? []
    if (weights.length > 0 && weights.length !== sources.length) {
      throw new Refusal(400, `Bad request: ${weights.length} weights for ${sources.length} prefetches`)
    }
    const fused = new Map<PointId, number>()
    for (const [index, source] of sources.entries()) {
      checkLimit(collection, source.limit)
      for (const [place, { id }] of rank(
        collection,
        source.query,
        source.using,
        source.filter,
        source.limit,
      ).entries()) {
        const position = (place + 1) / (weights[index] ?? 1) + k - 1
        fused.set(id, (fused.get(id) ?? 0) + 1 / position)
      }
    }
    return ordered([...fused].map(([id, score]) => ({ id, score }))).slice(0, limit)
  }
  if (using === undefined) throw new Refusal(400, 'Wrong input: Not existing vector name error: ')
  return rank(collection, query, using, filter, limit)
}

export const checkLimit = ({ strict }: Collection, limit: number): void => {
  const most = strict.enabled ? strict.max_query_limit : undefined
  if (most !== undefined && limit > most) {
    throw new Refusal(
      400,
      `Bad request: Limit exceeded ${limit} > ${most} for "limit". Help: Reduce the "limit" parameter.`,
    )
  }
}

/** @param flag the permission to filter without an index; in strict mode it is refused unless given */
export const requireIndexes = (
  { strict, indexes }: Collection,
  filter: Filter | undefined,
  flag: 'unindexed_filtering_retrieve' | 'unindexed_filtering_update',
): void => {
  if (!strict.enabled || strict[flag] === true) return
  for (const { key, kinds } of fieldsOf(filter)) {
    const schema = indexes.get(key)
    const kind = typeof schema === 'object' ? schema.type : schema
    if (kind !== undefined && kinds.includes(kind)) continue
    const wanted = kinds.join(', ')
    throw new Refusal(
      400,
      `Bad request: Index required but not found for "${key}" of one of the following types: [${wanted}]. Help: Create an index for this key or use a different filter.`,
    )
  }
}

const rank = (
  collection: Collection,
  query: Nearest,
  using: string,
  filter: Filter | undefined,
  limit: number,
): readonly Scored[] => {
  checkVector(collection, using, query)
  requireIndexes(collection, filter, 'unindexed_filtering_retrieve')
  const found = [...collection.points.values()].filter((point) => meets(point, filter))
  const score = Array.isArray(query) ? cosineWith(query, using) : wordsOf(collection, query, using)
  const scored = found.flatMap((point) => {
    const value = score(point)
    return value === undefined ? [] : [{ id: point.id, score: value }]
  })
  return ordered(scored).slice(0, limit)
}

const ordered = (scored: Scored[]): Scored[] =>
  scored.sort((left, right) => right.score - left.score || (String(left.id) < String(right.id) ? -1 : 1))

const checkVector = ({ config }: Collection, name: string, value: Nearest): void => {
  if (Array.isArray(value)) {
    const dense = config.vectors[name]
    if (!dense) throw new Refusal(400, `Wrong input: Not existing vector name error: ${name}`)
    if (dense.size !== value.length) {
      throw new Refusal(400, `Wrong input: Vector dimension error: expected dim: ${dense.size}, got ${value.length}`)
    }
  } else if (!config.sparse_vectors?.[name])
    throw new Refusal(400, `Wrong input: Not existing vector name error: ${name}`)
}

const cosineWith =
  (query: readonly number[], using: string) =>
  (point: Point): number | undefined => {
    const vector = point.vector[using]
    if (!Array.isArray(vector)) return undefined
    const lengths = Math.hypot(...query) * Math.hypot(...vector)
    return lengths === 0 ? 0 : vector.reduce((sum, value, index) => sum + value * (query[index] ?? 0), 0) / lengths
  }

/** A product of weights, times the rarity of each word in the collection where its modifier says so; no shared word, no match. */
const wordsOf = (collection: Collection, query: Exclude<Nearest, readonly number[]>, using: string) => {
  const total = collection.points.size
  const byIdf = collection.config.sparse_vectors?.[using]?.modifier === 'idf'
  const wanted = new Map(query.indices.map((index, place) => [index, query.values[place] ?? 0]))
  const frequencies = new Map<number, number>()
  for (const { vector } of byIdf ? collection.points.values() : []) {
    const words = vector[using]
    if (words === undefined || Array.isArray(words)) continue
    for (const index of words.indices) if (wanted.has(index)) frequencies.set(index, (frequencies.get(index) ?? 0) + 1)
  }
  const rarity = (index: number): number => {
    const frequency = frequencies.get(index) ?? 0
    return byIdf ? Math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)) : 1
  }
  return (point: Point): number | undefined => {
    const words = point.vector[using]
    if (words === undefined || Array.isArray(words)) return undefined
    let score: number | undefined
    for (const [place, index] of words.indices.entries()) {
      const weight = wanted.get(index)
      if (weight !== undefined) score = (score ?? 0) + weight * (words.values[place] ?? 0) * rarity(index)
    }
    return score
  }
}
