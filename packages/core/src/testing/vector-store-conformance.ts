import assert from 'node:assert/strict'
import { uuidV5 } from '../ids/entity-id.ts'
import type { ListedPoint, VectorCollection, VectorPoint, VectorStore } from '../ports/vector-store.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { searchConformance } from './vector-search-conformance.ts'
import { servingConformance } from './vector-serving-conformance.ts'

const COLLECTION: VectorCollection = { tenantId: 1, profile: 'conformance/3/v1', dimensions: 3 }

/**
 * What every vector store promises.
 *
 * @param make gives a store without any point, for each case anew; a store that is shared must be emptied
 */
export function vectorStoreConformance(make: () => VectorStore | Promise<VectorStore>): readonly ConformanceCase[] {
  const prepared = async (): Promise<VectorStore> => {
    const store = await make()
    await store.prepare(COLLECTION)
    return store
  }
  return [
    {
      name: 'preparing twice keeps the points',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0])])
        await store.prepare(COLLECTION)
        assert.deepEqual(await versions(store), { [id('a')]: 1 })
      },
    },
    {
      name: 'a collection with other dimensions is refused',
      async run() {
        const store = await prepared()
        await assert.rejects(store.prepare({ ...COLLECTION, dimensions: 4 }), { code: 'SCHEMA_MISMATCH' })
      },
    },
    {
      name: 'the nearest by cosine come first, whatever their length, with score and payload',
      async run() {
        const store = await prepared()
        const long = point('long', [30, 40, 0])
        await store.upsert(COLLECTION, [point('far', [0, 0, 5]), long, point('near', [1, 0, 0])])
        const matches = await store.search(COLLECTION, { dense: Float32Array.of(2, 0, 0), limit: 2 })
        assert.deepEqual(
          matches.map((match) => match.id),
          [id('near'), id('long')],
        )
        assertNear(matches[0]?.score, 1)
        assertNear(matches[1]?.score, 0.6)
        assert.deepEqual(matches[1]?.payload, long.payload)
      },
    },
    {
      name: 'an empty collection has no matches',
      async run() {
        const store = await prepared()
        assert.deepEqual(await store.search(COLLECTION, { dense: Float32Array.of(1, 0, 0), limit: 5 }), [])
        assert.deepEqual(await versions(store), {})
      },
    },
    {
      name: 'an upsert replaces vector and payload, and repeating it changes nothing',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0], 1)])
        const newer = {
          ...point('a', [0, 1, 0], 2),
          payload: { entity: 'issues', tags: ['x', 'ü'], nested: { n: 1.5 } },
        }
        for (let time = 1; time <= 2; time++) {
          await store.upsert(COLLECTION, [newer])
          const [match] = await store.search(COLLECTION, { dense: Float32Array.of(0, 1, 0), limit: 1 })
          assertNear(match?.score, 1)
          assert.deepEqual(match?.payload, newer.payload)
          assert.deepEqual(await versions(store), { [id('a')]: 2 })
        }
      },
    },
    {
      name: 'an older version never wins, an equal one does',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0], 5)])
        await store.upsert(COLLECTION, [point('a', [0, 1, 0], 4), point('b', [0, 0, 1], 1)])
        assertNear((await store.search(COLLECTION, { dense: Float32Array.of(1, 0, 0), limit: 1 }))[0]?.score, 1)
        assert.deepEqual(await versions(store), { [id('a')]: 5, [id('b')]: 1 })
        await store.upsert(COLLECTION, [point('a', [0, 1, 0], 5)])
        assertNear((await store.search(COLLECTION, { dense: Float32Array.of(0, 1, 0), limit: 1 }))[0]?.score, 1)
      },
    },
    {
      name: 'deleted points are not found any more, and unknown ids are no error',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0]), point('b', [1, 0, 0])])
        await store.delete(COLLECTION, [listed('a'), listed('never there')])
        await store.delete(COLLECTION, [listed('a')])
        await store.delete(COLLECTION, [])
        const matches = await store.search(COLLECTION, { dense: Float32Array.of(1, 0, 0), limit: 5 })
        assert.deepEqual(
          matches.map((match) => match.id),
          [id('b')],
        )
        assert.deepEqual(await versions(store), { [id('b')]: 1 })
      },
    },
    {
      name: 'a deleted point may come back',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0], 5)])
        await store.delete(COLLECTION, [listed('a', 5)])
        await store.upsert(COLLECTION, [point('a', [1, 0, 0], 3)])
        assert.deepEqual(await versions(store), { [id('a')]: 3 })
      },
    },
    {
      name: 'a point that was written since is not deleted',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0], 5), point('b', [1, 0, 0], 5), point('c', [1, 0, 0], 5)])
        await store.delete(COLLECTION, [listed('a', 4), listed('b', 5), listed('c', 6)])
        assert.deepEqual(await versions(store), { [id('a')]: 5 })
      },
    },
    {
      name: 'tenants and profiles never see or touch the points of each other',
      async run() {
        const store = await prepared()
        const others = [
          { ...COLLECTION, tenantId: 2 },
          { ...COLLECTION, profile: 'conformance/3/v2' },
        ]
        await store.upsert(COLLECTION, [point('a', [1, 0, 0])])
        for (const other of others) {
          await store.prepare(other)
          assert.deepEqual(await store.search(other, { dense: Float32Array.of(1, 0, 0), limit: 5 }), [])
          await store.upsert(other, [point('a', [0, 1, 0], 9)])
          await store.patch(other, [{ id: id('a'), rowVersion: 10, payload: {} }])
          await store.delete(other, [listed('a', 10)])
        }
        assertNear((await store.search(COLLECTION, { dense: Float32Array.of(1, 0, 0), limit: 5 }))[0]?.score, 1)
        assert.deepEqual(await versions(store), { [id('a')]: 1 })
      },
    },
    {
      name: 'a patch replaces the payload and raises the version, and the vector stays',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0], 5), point('b', [0, 1, 0], 5)])
        const payload = { entity: 'issues', status: 'Done' }
        await store.patch(COLLECTION, [
          { id: id('a'), rowVersion: 6, payload },
          { id: id('b'), rowVersion: 5, payload: { status: 'Open' } },
        ])
        const matches = await store.search(COLLECTION, { dense: Float32Array.of(1, 0, 0), limit: 2 })
        assert.deepEqual(
          matches.map((match) => match.payload),
          [payload, { status: 'Open' }],
        )
        assertNear(matches[0]?.score, 1)
        assert.deepEqual(await versions(store), { [id('a')]: 6, [id('b')]: 5 })
      },
    },
    {
      name: 'an older patch never wins, an older upsert not after a patch, and nothing comes of a patch alone',
      async run() {
        const store = await prepared()
        await store.upsert(COLLECTION, [point('a', [1, 0, 0], 5)])
        await store.patch(COLLECTION, [
          { id: id('a'), rowVersion: 4, payload: { status: 'old' } },
          { id: id('never there'), rowVersion: 9, payload: { status: 'new' } },
        ])
        await store.patch(COLLECTION, [])
        assert.deepEqual(await versions(store), { [id('a')]: 5 })
        await store.patch(COLLECTION, [{ id: id('a'), rowVersion: 7, payload: { status: 'new' } }])
        await store.upsert(COLLECTION, [point('a', [0, 1, 0], 6)])
        const [match] = await store.search(COLLECTION, { dense: Float32Array.of(1, 0, 0), limit: 1 })
        assertNear(match?.score, 1)
        assert.deepEqual(match?.payload, { status: 'new' })
      },
    },
    {
      name: 'all points are listed, each once, however many there are',
      async run() {
        const store = await prepared()
        const many = Array.from({ length: 1234 }, (_, index) => point(`many ${index}`, [1, index, 0], index + 1))
        await store.upsert(COLLECTION, many)
        let listed = 0
        for await (const page of store.points(COLLECTION)) listed += page.length
        assert.equal(listed, many.length)
        assert.deepEqual(await versions(store), Object.fromEntries(many.map((made) => [made.id, made.rowVersion])))
      },
    },
    ...searchConformance(make),
    ...servingConformance(make),
  ]
}

function id(name: string): string {
  return uuidV5(`conformance ${name}`)
}

function listed(name: string, rowVersion = 1): ListedPoint {
  return { id: id(name), rowVersion }
}

function point(name: string, vector: readonly number[], rowVersion = 1): VectorPoint {
  return {
    id: id(name),
    vector: Float32Array.from(vector),
    rowVersion,
    payload: { source_type: 'TRACKER', row_id: name },
  }
}

async function versions(store: VectorStore): Promise<{ readonly [id: string]: number }> {
  const pages = await Array.fromAsync(store.points(COLLECTION))
  return Object.fromEntries(pages.flat().map((found) => [found.id, found.rowVersion]))
}

/** Stores keep 32-bit numbers, and some approximate. */
function assertNear(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-3, `expected about ${expected}, got ${actual}`)
}
