import type { VectorCollection, VectorStore } from '@millrace/core'
import { uuidV5 } from '@millrace/core'
import { vectorStoreConformance } from '@millrace/core/testing'
import { type QdrantSimulator, startQdrantSimulator } from '@millrace-examples/simulators'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { QdrantOptions } from './qdrant-options.ts'
import { qdrantStore } from './qdrant-store.ts'

const COLLECTION: VectorCollection = { tenantId: 1, profile: 'model:x/3/v1', dimensions: 3 }
const id = (name: string): string => uuidV5(`test ${name}`)
const point = (name: string, rowVersion = 1) => ({
  id: id(name),
  vector: Float32Array.of(1, 0, 0),
  sparse: { indices: [7], values: [1] },
  rowVersion,
  payload: { entity: 'issues', name },
})

describe('on a simulated server', () => {
  let qdrant: QdrantSimulator
  beforeEach(async () => {
    qdrant = await startQdrantSimulator()
  })
  /** Every request of every test was one that Qdrant takes, and every answer one that it gives. */
  afterEach(async () => {
    expect(qdrant.violations).toEqual([])
    await qdrant.close()
  })
  const open = (options: QdrantOptions = {}): VectorStore => qdrantStore({ url: qdrant.url, ...options })
  const collectionOf = (name: RegExp) => [...qdrant.collections].find(([each]) => name.test(each))?.[1]

  for (const collections of ['tenant', 'shared'] as const) {
    for (const { name, run } of vectorStoreConformance(() => open({ collections }))) {
      test(`with a collection per ${collections === 'tenant' ? 'tenant' : 'profile'}: ${name}`, run)
    }
  }

  test('indexes of everything that is filtered by are there before the first point', async () => {
    await open({ collections: 'shared' }).prepare(COLLECTION)
    const indexes = Object.fromEntries(collectionOf(/_all_/)?.indexes ?? [])
    expect(indexes).toMatchObject({ tenant_id: { type: 'keyword', is_tenant: true }, row_version: 'integer' })
    expect(indexes).toMatchObject({ source_type: 'keyword', integration_id: 'integer', updated: 'datetime' })
  })

  test('an interrupted preparation is completed by the next one', async () => {
    qdrant.fail('/index', { status: 500 })
    const store = open()
    await expect(store.prepare(COLLECTION)).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE', retryable: true })
    await store.prepare(COLLECTION)
    expect(collectionOf(/_t1_/)?.indexes.size).toBe(11)
    expect(await store.serving(1)).toBe(COLLECTION.profile)
  })

  test('a collection that somebody deleted is made anew at the next try', async () => {
    const store = open()
    await store.prepare(COLLECTION)
    const write = async () => {
      await store.prepare(COLLECTION)
      await store.upsert(COLLECTION, [point('a')])
    }
    const remove = async () => {
      await store.prepare(COLLECTION)
      await store.delete(COLLECTION, [{ id: id('b'), rowVersion: 1 }])
    }
    for (const work of [write, remove]) {
      const [name] = [...qdrant.collections.keys()]
      await fetch(`${qdrant.url}/collections/${name}`, { method: 'DELETE' })
      await expect(work()).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE', retryable: true })
      await work()
      expect(collectionOf(/_t1_/)?.indexes.size).toBe(11)
    }
  })

  test('two processes may prepare at once', async () => {
    await Promise.all([open().prepare(COLLECTION), open().prepare(COLLECTION)])
    expect([...qdrant.collections.keys()]).toEqual([expect.stringMatching(/^millrace_t1_model-x-3-v1-[0-9a-f]{10}$/)])
  })

  test('a collection that compares by another metric is refused with a remedy', async () => {
    await open().prepare(COLLECTION)
    const config = collectionOf(/_t1_/)?.config.vectors.meaning
    if (config) config.distance = 'Dot'
    await expect(open().prepare(COLLECTION)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/compares by Dot and not by Cosine\. Give another model another name, or delete/),
    })
  })

  test('requests are as small as options and strict mode ask', async () => {
    const store = open({ batchSize: 2 })
    await store.prepare(COLLECTION)
    await store.upsert(
      COLLECTION,
      ['a', 'b', 'c', 'd', 'e'].map((name) => point(name)),
    )
    expect(qdrant.requests.filter((line) => line.includes('/points/batch'))).toHaveLength(3)
    const small = open({ batchBytes: 10_000, batchSize: 1000 })
    await small.prepare(COLLECTION)
    const bulky = Array.from({ length: 6 }, (_, index) => ({
      ...point(`bulky ${index}`),
      payload: { text: 'x'.repeat(4000) },
    }))
    await small.upsert(COLLECTION, bulky)
    expect(qdrant.requests.filter((line) => line.includes('/points/batch'))).toHaveLength(6)
  })

  test('every write and every delete is waited for', async () => {
    const store = open()
    await store.prepare(COLLECTION)
    await store.upsert(COLLECTION, [point('a')])
    await store.patch(COLLECTION, [{ id: id('a'), rowVersion: 2, payload: {} }])
    await store.delete(COLLECTION, [{ id: id('a'), rowVersion: 2 }])
    const writes = qdrant.requests.filter((line) => /points\/batch/.test(line))
    expect(writes).toHaveLength(3)
    expect(writes.every((line) => line.includes('wait=true'))).toBe(true)
  })

  test('too many requests become the time that Qdrant asks to wait for', async () => {
    const store = qdrantStore({ url: qdrant.url }, { clock: { now: () => 1_000_000 } })
    await store.prepare(COLLECTION)
    qdrant.fail('/points/batch', { status: 429, retryAfterSeconds: 8 })
    await expect(store.upsert(COLLECTION, [point('a')])).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAt: new Date(1_008_000),
    })
  })

  test('tenants that share a collection cannot reach the points of each other, whatever ids they name', async () => {
    const store = open({ collections: 'shared' })
    const theirs = { ...COLLECTION, tenantId: 2 }
    await store.prepare(COLLECTION)
    await store.prepare(theirs)
    await store.upsert(COLLECTION, [point('a', 1)])
    await store.upsert(theirs, [{ ...point('a', 9), payload: { name: 'stolen' } }])
    await store.patch(theirs, [{ id: id('a'), rowVersion: 9, payload: { name: 'patched' } }])
    await store.delete(theirs, [{ id: id('a'), rowVersion: 9 }])
    const query = { dense: Float32Array.of(1, 0, 0), sparse: { indices: [7], values: [1] }, limit: 5 }
    expect((await store.search(COLLECTION, query)).map(({ payload }) => payload)).toEqual([
      { entity: 'issues', name: 'a' },
    ])
    expect(await store.search(theirs, query)).toEqual([])
  })

  test('of a dropped tenant no collection and no alias is left, and in a shared one no point', async () => {
    const theirs = { ...COLLECTION, tenantId: 11 }
    for (const collections of ['tenant', 'shared'] as const) {
      const store = open({ collections, collectionPrefix: collections })
      for (const each of [COLLECTION, theirs]) {
        await store.prepare(each)
        await store.upsert(each, [point(`of ${each.tenantId}`)])
      }
      await store.dropTenant(1)
    }
    expect([...qdrant.collections.keys()].map((name) => name.split('_model')[0])).toEqual(['tenant_t11', 'shared_all'])
    expect([...qdrant.aliases.keys()]).toEqual(['tenant_t11', 'shared_t11'])
    expect([...(collectionOf(/^shared/)?.points.keys() ?? [])]).toEqual([id('of 11')])
  })

  test('the graph is not built while many points arrive', async () => {
    const store = open()
    await store.prepare(COLLECTION)
    await store.tune?.(COLLECTION, 'bulk-load')
    expect(collectionOf(/_t1_/)?.tuning.m).toBe(0)
    await store.tune?.(COLLECTION, 'serve')
    expect(collectionOf(/_t1_/)?.tuning.m).toBe(16)
  })

  test('an alias leads to what serves, and is moved in one request', async () => {
    const store = open()
    const newer = { ...COLLECTION, profile: 'model:y/3/v1' }
    await store.prepare(COLLECTION)
    await store.prepare(newer)
    const before = qdrant.requests.length
    await store.serve(newer)
    expect(qdrant.requests.slice(before).filter((line) => !line.startsWith('GET'))).toEqual([
      'POST /collections/aliases',
    ])
    expect(qdrant.aliases.get('millrace_t1')).toMatch(/model-y/)
  })
})

describe('in strict mode', () => {
  const strictMode = { enabled: true, upsert_max_batchsize: 5, max_query_limit: 1000 }
  for (const collections of ['tenant', 'shared'] as const) {
    test(`everything works with collections: ${collections}`, async () => {
      const qdrant = await startQdrantSimulator({ strictMode })
      try {
        for (const { run } of vectorStoreConformance(async () => {
          const store = qdrantStore({ url: qdrant.url, collections, collectionPrefix: `p${qdrant.requests.length}` })
          return store
        })) {
          await run()
        }
        expect(qdrant.violations).toEqual([])
      } finally {
        await qdrant.close()
      }
    })
  }
})

test('a wrong key, a server that is away and wrong options are told in a sentence', async () => {
  const qdrant = await startQdrantSimulator({ apiKey: 'secret-1' })
  const refused = qdrantStore({ url: qdrant.url, apiKey: 'secret-2' }).prepare(COLLECTION)
  await expect(refused).rejects.toMatchObject({ code: 'UNAUTHORIZED', message: expect.not.stringContaining('secret') })
  await qdrantStore({ url: qdrant.url, apiKey: 'secret-1' }).prepare(COLLECTION)
  await qdrant.close()
  await expect(qdrantStore({ url: qdrant.url }).prepare(COLLECTION)).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE' })
  expect(() => qdrantStore({ url: 'nowhere' })).toThrow(/Failed to open Qdrant: .*url/s)
})

const server = process.env.QDRANT_URL
describe.skipIf(server === undefined)('on a server', () => {
  const url = z.string().default('http://localhost:6333').parse(server)
  for (const collections of ['tenant', 'shared'] as const) {
    let made = 0
    const cases = vectorStoreConformance(() =>
      qdrantStore({ url, collections, collectionPrefix: `test_${process.pid}_${collections}_${++made}` }),
    )
    for (const { name, run } of cases) test(`${collections}: ${name}`, run)
  }
})
