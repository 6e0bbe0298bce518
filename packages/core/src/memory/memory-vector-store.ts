import { MillraceError } from '../errors/millrace-error.ts'
import type { VectorCollection, VectorMatch, VectorPoint, VectorStore } from '../ports/vector-store.ts'

interface StoredCollection {
  readonly dimensions: number
  readonly points: Map<string, VectorPoint>
}

const PAGE_SIZE = 1000

/** Vectors in memory. A search looks at every point of the collection: fine up to some ten thousands. */
export function memoryVectorStore(): VectorStore {
  const collections = new Map<string, StoredCollection>()

  const open = (collection: VectorCollection): StoredCollection => {
    const stored = collections.get(nameOf(collection))
    if (stored) return stored
    throw new MillraceError('SCHEMA_MISMATCH', {
      message: `Failed to open vector collection ${nameOf(collection)}: it does not exist. Prepare it first.`,
    })
  }

  return {
    name: 'memory',
    async prepare(collection) {
      const stored = collections.get(nameOf(collection))
      if (!stored) collections.set(nameOf(collection), { dimensions: collection.dimensions, points: new Map() })
      else requireDimensions(collection, stored, collection.dimensions)
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
    async delete(collection, ids) {
      const { points } = open(collection)
      for (const id of ids) points.delete(id)
    },
    async search(collection, vector, limit) {
      const stored = open(collection)
      requireDimensions(collection, stored, vector.length)
      const wanted = normalized(vector)
      const matches = [...stored.points.values()].map(
        ({ id, payload, vector: found }): VectorMatch => ({ id, payload, score: dotProduct(found, wanted) }),
      )
      return matches.sort((left, right) => right.score - left.score || (left.id < right.id ? -1 : 1)).slice(0, limit)
    },
    async *points(collection) {
      const versions = [...open(collection).points.values()].map(({ id, rowVersion }) => ({ id, rowVersion }))
      for (let from = 0; from < versions.length; from += PAGE_SIZE) yield versions.slice(from, from + PAGE_SIZE)
    },
  }
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
