import assert from 'node:assert/strict'
import { uuidV5 } from '../ids/entity-id.ts'
import type { VectorFilter } from '../ports/vector-filter.ts'
import type { VectorCollection, VectorPayload, VectorQuery, VectorStore } from '../ports/vector-store.ts'
import { sparseQuery, sparseWords } from '../vectors/sparse-words.ts'
import type { ConformanceCase } from './conformance-case.ts'

const COLLECTION: VectorCollection = { tenantId: 1, profile: 'conformance/3/v1', dimensions: 3 }

/** Filters, words and fusion. A store that is not `sparse` is held to refusing what it cannot do. */
export function searchConformance(make: () => VectorStore | Promise<VectorStore>): readonly ConformanceCase[] {
  const filled = async (texts: readonly Text[]): Promise<VectorStore> => {
    const store = await make()
    await store.prepare(COLLECTION)
    const points = texts.map(({ name, words = '', vector = [1, 0, 0], payload = {} }) => ({
      id: uuidV5(`conformance ${name}`),
      vector: Float32Array.from(vector),
      sparse: sparseWords(words),
      rowVersion: 1,
      payload: { ...payload, name },
    }))
    await store.upsert(COLLECTION, points)
    return store
  }
  const find = async (store: VectorStore, query: Partial<VectorQuery>): Promise<readonly unknown[]> => {
    const matches = await store.search(COLLECTION, { limit: 10, ...query })
    return matches.map(({ payload }) => payload.name)
  }

  const filters: readonly ConformanceCase[] = [
    {
      name: 'a filter lets only those through that meet every condition',
      async run() {
        const store = await filled([
          {
            name: 'a',
            payload: { source_type: 'A', project: 'X', integration_id: 1, updated: '2026-01-01T00:00:00.000Z' },
          },
          {
            name: 'b',
            payload: { source_type: 'A', project: 'Y', integration_id: 2, updated: '2026-02-01T00:00:00.000Z' },
          },
          {
            name: 'c',
            payload: { source_type: 'B', project: 'X', integration_id: 2, updated: '2026-03-01T00:00:00.000Z' },
          },
          { name: 'd' },
        ])
        const filtered = async (filter: VectorFilter): Promise<unknown> =>
          (await find(store, { dense: Float32Array.of(1, 0, 0), filter })).toSorted()
        assert.deepEqual(await filtered({}), ['a', 'b', 'c', 'd'])
        assert.deepEqual(await filtered({ source_type: { anyOf: ['A'] } }), ['a', 'b'])
        assert.deepEqual(await filtered({ project: { anyOf: ['X', 'Y'] } }), ['a', 'b', 'c'])
        assert.deepEqual(await filtered({ project: { anyOf: ['X'] }, integration_id: { anyOf: [2] } }), ['c'])
        assert.deepEqual(await filtered({ updated: { from: new Date('2026-02-01') } }), ['b', 'c'])
        const month = { from: new Date('2026-01-01'), before: new Date('2026-02-01') }
        assert.deepEqual(await filtered({ updated: month }), ['a'])
        assert.deepEqual(await filtered({ repository: { anyOf: ['none'] } }), [])
      },
    },
    {
      name: 'a filter reaches behind matches that are nearer',
      async run() {
        const others = Array.from({ length: 60 }, (_, index) => ({ name: `near ${index}`, payload: { project: 'X' } }))
        const store = await filled([...others, { name: 'far', vector: [0, 1, 0], payload: { project: 'Y' } }])
        const dense = Float32Array.of(1, 0, 0)
        assert.deepEqual(await find(store, { dense, limit: 1, filter: { project: { anyOf: ['Y'] } } }), ['far'])
      },
    },
    {
      name: 'a field without an index is refused, and a condition that does not suit its field',
      async run() {
        const store = await filled([])
        const filters = [
          { colour: { anyOf: ['red'] } },
          { updated: { anyOf: ['today'] } },
          { project: { from: new Date(0) } },
        ]
        for (const filter of filters as readonly VectorFilter[]) {
          const searching = find(store, { dense: Float32Array.of(1, 0, 0), filter })
          await assert.rejects(searching, { code: 'INVALID_CONFIG' })
        }
      },
    },
  ]

  const words: readonly ConformanceCase[] = [
    {
      name: 'words are found by BM25: rare ones weigh more, and what shares none is no match',
      async run() {
        const store = await filled([
          { name: 'both', words: 'login token expired' },
          { name: 'rare', words: 'token budget' },
          { name: 'usual', words: 'login page' },
          { name: 'usual too', words: 'login form' },
          { name: 'neither', words: 'invoice export' },
        ])
        const sparse = sparseQuery('the LOGIN token')
        if (!store.sparse) return assert.rejects(find(store, { sparse }), { code: 'INVALID_CONFIG' })
        const found = await find(store, { sparse })
        assert.deepEqual(found.slice(0, 2), ['both', 'rare'])
        assert.deepEqual(found.slice(2).toSorted(), ['usual', 'usual too'])
        assert.deepEqual(await find(store, { sparse: sparseQuery('unheard') }), [])
      },
    },
    {
      name: 'a changed text loses its old words, a patched point keeps its words',
      async run() {
        const store = await filled([{ name: 'a', words: 'login' }])
        if (!store.sparse) return
        const point = { id: uuidV5('conformance a'), vector: Float32Array.of(1, 0, 0), payload: { name: 'a' } }
        await store.upsert(COLLECTION, [{ ...point, rowVersion: 2, sparse: sparseWords('invoice') }])
        assert.deepEqual(await find(store, { sparse: sparseQuery('login') }), [])
        await store.patch(COLLECTION, [{ id: point.id, rowVersion: 3, payload: { name: 'patched' } }])
        assert.deepEqual(await find(store, { sparse: sparseQuery('invoice') }), ['patched'])
      },
    },
    {
      name: 'meaning and words are fused: what both find comes first, and weights decide between the rest',
      async run() {
        const store = await filled([
          { name: 'meant', words: 'sign in', vector: [1, 0, 0] },
          { name: 'both', words: 'login login', vector: [0.9, 0.4, 0], payload: { project: 'X' } },
          { name: 'said', words: 'login', vector: [0, 0, 1] },
        ])
        if (!store.sparse) return
        const query = { dense: Float32Array.of(1, 0, 0), sparse: sparseQuery('login') }
        assert.equal((await find(store, query))[0], 'both')
        assert.deepEqual(await find(store, { ...query, weights: { dense: 0.1, sparse: 9 } }), ['both', 'said', 'meant'])
        assert.deepEqual(await find(store, { ...query, weights: { dense: 9, sparse: 0.1 } }), ['both', 'meant', 'said'])
        assert.deepEqual(await find(store, { ...query, filter: { project: { anyOf: ['X'] } } }), ['both'])
        assert.equal((await find(store, { ...query, limit: 1 })).length, 1)
      },
    },
  ]
  return [...filters, ...words]
}

interface Text {
  readonly name: string
  readonly words?: string
  readonly vector?: readonly number[]
  readonly payload?: VectorPayload
}
