import { MillraceError } from '../errors/millrace-error.ts'
import type { SparseVector, VectorCollection, VectorMatch, VectorPoint, VectorStore } from '../ports/vector-store.ts'
import { byScore, fuseRanks, fusionDepth } from '../vectors/fuse-ranks.ts'
import { conditionsOf, matchesFilter } from '../vectors/match-filter.ts'

interface StoredCollection {
  readonly dimensions: number
  readonly points: Map<string, VectorPoint>
}

const PAGE_SIZE = 1000

/** Vectors in memory. A search looks at every point of the collection: fine up to some ten thousands. */
export function memoryVectorStore(): VectorStore {
  const collections = new Map<string, StoredCollection>()
  const serving = new Map<number, string>()

  const open = (collection: VectorCollection): StoredCollection => {
    const stored = collections.get(nameOf(collection))
    if (stored) return stored
    throw new MillraceError('SCHEMA_MISMATCH', {
      message: `Failed to open vector collection ${nameOf(collection)}: it does not exist. Prepare it first.`,
    })
  }

  return {
    name: 'memory',
    sparse: true,
    async prepare(collection) {
      const stored = collections.get(nameOf(collection))
      if (!stored) collections.set(nameOf(collection), { dimensions: collection.dimensions, points: new Map() })
      else requireDimensions(collection, stored, collection.dimensions)
      if (!serving.has(collection.tenantId)) serving.set(collection.tenantId, collection.profile)
    },
    async upsert(collection, points) {
      const stored = open(collection)
      for (const point of points) requireDimensions(collection, stored, point.vector.length)
      for (const point of points) {
        const before = stored.points.get(point.id)
        if (before && before.rowVersion > point.rowVersion) continue
        stored.points.set(point.id, { ...point, vector: normalized(point.vector) })
      }
    },
    async patch(collection, patches) {
      const { points } = open(collection)
      for (const { id, rowVersion, payload } of patches) {
        const before = points.get(id)
        if (before && before.rowVersion <= rowVersion) points.set(id, { ...before, rowVersion, payload })
      }
    },
    async delete(collection, removed) {
      const { points } = open(collection)
      for (const { id, rowVersion } of removed) {
        const before = points.get(id)
        if (before && before.rowVersion <= rowVersion) points.delete(id)
      }
    },
    async search(collection, { dense, sparse, weights, filter, limit }) {
      const stored = open(collection)
      if (dense) requireDimensions(collection, stored, dense.length)
      const conditions = conditionsOf(filter)
      const all = [...stored.points.values()]
      const found = all.filter(({ payload }) => matchesFilter(payload, conditions))
      const depth = dense && sparse ? fusionDepth(limit) : limit
      const rankings = [
        ...(dense ? [{ weight: weights?.dense ?? 1, matches: nearest(found, dense, depth) }] : []),
        ...(sparse ? [{ weight: weights?.sparse ?? 1, matches: withWords(found, all, sparse, depth) }] : []),
      ]
      return rankings.length === 1 ? (rankings[0]?.matches ?? []) : fuseRanks(rankings, limit)
    },
    async *points(collection) {
      const versions = [...open(collection).points.values()].map(({ id, rowVersion }) => ({ id, rowVersion }))
      for (let from = 0; from < versions.length; from += PAGE_SIZE) yield versions.slice(from, from + PAGE_SIZE)
    },
    serving: async (tenantId) => serving.get(tenantId),
    async serve(collection) {
      open(collection)
      serving.set(collection.tenantId, collection.profile)
    },
    async drop(collection) {
      if (serving.get(collection.tenantId) === collection.profile) throw stillServing(collection)
      collections.delete(nameOf(collection))
    },
    async dropTenant(tenantId) {
      serving.delete(tenantId)
      for (const name of [...collections.keys()]) {
        if ((JSON.parse(name) as readonly unknown[])[0] === tenantId) collections.delete(name)
      }
    },
  }
}

/** The refusal that every store gives to dropping what serves. */
export function stillServing({ profile }: VectorCollection): MillraceError {
  return new MillraceError('INVALID_CONFIG', {
    message: `Failed to drop vector collection ${profile}: searches are served from it. Let another one serve first.`,
    context: { profile },
  })
}

function nearest(points: readonly VectorPoint[], dense: Float32Array, limit: number): readonly VectorMatch[] {
  const wanted = normalized(dense)
  const matches = points.map(({ id, payload, vector }) => ({ id, payload, score: dotProduct(vector, wanted) }))
  return matches.sort(byScore).slice(0, limit)
}

/** BM25: the weight of a word in a text, times how rare the word is among all texts. */
function withWords(
  points: readonly VectorPoint[],
  all: readonly VectorPoint[],
  query: SparseVector,
  limit: number,
): readonly VectorMatch[] {
  const wanted = new Map(query.indices.map((index, place) => [index, query.values[place] ?? 0]))
  const frequencies = new Map<number, number>()
  for (const { sparse } of all) {
    for (const index of sparse?.indices ?? []) {
      if (wanted.has(index)) frequencies.set(index, (frequencies.get(index) ?? 0) + 1)
    }
  }
  const rarity = (index: number): number => {
    const frequency = frequencies.get(index) ?? 0
    return Math.log(1 + (all.length - frequency + 0.5) / (frequency + 0.5))
  }
  const matches = points.flatMap(({ id, payload, sparse }) => {
    let score = 0
    for (const [place, index] of (sparse?.indices ?? []).entries()) {
      score += (sparse?.values[place] ?? 0) * (wanted.get(index) ?? 0) * (wanted.has(index) ? rarity(index) : 0)
    }
    return score > 0 ? [{ id, payload, score }] : []
  })
  return matches.sort(byScore).slice(0, limit)
}

function nameOf({ tenantId, profile }: VectorCollection): string {
  return JSON.stringify([tenantId, profile])
}

function requireDimensions(collection: VectorCollection, stored: StoredCollection, given: number): void {
  if (stored.dimensions === given) return
  throw new MillraceError('SCHEMA_MISMATCH', {
    message: `Failed to use vector collection ${nameOf(collection)}: it has ${stored.dimensions} dimensions, not ${given}. Give another model another profile.`,
    context: { dimensions: stored.dimensions, given },
  })
}

/** A copy of length 1, so that a product of two is their cosine. A vector of zeros stays one: it is like nothing. */
function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dotProduct(vector, vector))
  return length === 0 ? Float32Array.from(vector) : vector.map((value) => value / length)
}

function dotProduct(left: Float32Array, right: Float32Array): number {
  let sum = 0
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? 0) * (right[index] ?? 0)
  return sum
}
