import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEntity } from '../contracts/entity.ts'
import { hashEmbeddings } from '../embedding/hash-embeddings.ts'
import { prepareLoad } from '../load/prepare-load.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { memoryVectorStore } from '../memory/memory-vector-store.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { VectorStore } from '../ports/vector-store.ts'
import { incarnation } from '../testing/incarnation.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { buildVectors, estimateBuild, serveVectors } from './build-vectors.ts'
import { profileOf } from './documents.ts'
import { reconcileVectors } from './reconcile-vectors.ts'
import { search } from './search-vectors.ts'

const notes = defineEntity({
  name: 'notes',
  key: 'id',
  columns: z.object({ id: z.string(), text: z.string(), project: z.string() }),
  embed: {
    text: ({ text }) => text,
    chunk: { maxLength: 60, overlap: 0 },
    payload: ({ project }) => ({ project }),
  },
})
const LONG = 'One sentence about invoices comes first here. Another one about tokens follows after it.'

/** Rows of two tenants, nothing embedded yet. */
async function notebook() {
  const loader = memoryLoader()
  const store = memoryVectorStore()
  const bridge = memoryVectorBridge(loader)
  let texts = 0
  const counted = (dimensions: number): EmbeddingProvider => {
    const hashing = hashEmbeddings({ dimensions })
    return {
      ...hashing,
      embed: (given, signal) => {
        texts += given.length
        return hashing.embed(given, signal)
      },
    }
  }
  const provider = counted(64)
  const tools = { provider, store, bridge, loader }
  const sources = [{ integrationId: 1, sourceType: 'NOTEBOOK', entities: [notes] }]
  const request = { tenantId: 1, sources, batch: 4 }
  let seq = 0
  const change = async (changes: readonly ReturnType<typeof notes.upsert>[], tenantId = 1): Promise<void> => {
    const scope = { tenantId, integrationId: 1, runId: 1 }
    await loader.load(prepareLoad(changes, { scope, sourceSeq: ++seq, fullSync: false }), undefined)
  }
  const note = (id: string, text: string, project = 'X') => notes.upsert({ id, text, project })
  await change([
    note('long', LONG),
    ...Array.from({ length: 30 }, (_, index) => note(String(index), `note number${index}`)),
  ])
  await change([note('theirs', 'their secret invoices')], 2)
  const collection = { tenantId: 1, profile: profileOf(provider), dimensions: 64 }
  return {
    ...{ tools, request, change, note, collection, newer: counted(32) },
    embedded: () => texts,
    points: async () => (await Array.fromAsync(store.points(collection))).flat(),
  }
}

const GOOD = { missing: 0, stale: 0, orphans: 0, embedded: 0, patched: 0, removed: 0, failed: [], refused: false }

test('what lacks vectors is found and embedded, and then everything agrees without another embedding', async () => {
  const { tools, request, embedded, points } = await notebook()
  expect(await reconcileVectors(tools, request)).toMatchObject({ rows: 31, documents: 32, missing: 32, embedded: 0 })
  expect(await reconcileVectors(tools, { ...request, repair: true })).toMatchObject({ missing: 32, embedded: 32 })
  expect(await points()).toHaveLength(32)
  const before = embedded()
  expect(await reconcileVectors(tools, { ...request, repair: true })).toMatchObject({ points: 32, ...GOOD })
  expect(embedded()).toBe(before)
})

test('points that vanished, points of nobody, changed payloads and deleted rows are put right', async () => {
  const { tools, request, change, note, collection, points } = await notebook()
  await buildVectors(tools, request)
  const [lost] = await points()
  await tools.store.delete(collection, lost ? [lost] : [])
  const orphan = {
    id: '00000000-0000-0000-0000-000000000001',
    vector: new Float32Array(64),
    rowVersion: 1,
    payload: {},
  }
  await tools.store.upsert(collection, [orphan])
  await change([notes.delete('1'), note('2', 'note number2', 'Y')])
  const found = await reconcileVectors(tools, { ...request, repair: true })
  expect(found).toMatchObject({ missing: 1, stale: 1, orphans: 2, patched: 1, removed: 2, refused: false })
  expect(await reconcileVectors(tools, request)).toMatchObject({ rows: 30, points: 31, ...GOOD })
})

test('a stray point whose row comes back in the moment of its removal keeps what was written for it', async () => {
  const { tools, request, collection, points } = await notebook()
  await buildVectors(tools, request)
  const stray = { id: '00000000-0000-0000-0000-000000000001', vector: new Float32Array(64), rowVersion: 1, payload: {} }
  await tools.store.upsert(collection, [stray])
  const store: VectorStore = {
    ...tools.store,
    delete: async (among, removed) => {
      await tools.store.upsert(collection, [{ ...stray, rowVersion: 2 }])
      await tools.store.delete(among, removed)
    },
  }
  expect(await reconcileVectors({ ...tools, store }, { ...request, repair: true })).toMatchObject({ orphans: 1 })
  expect(await points()).toContainEqual({ id: stray.id, rowVersion: 2 })
})

test('a point that was written behind the back of the bridge is written anew', async () => {
  const { tools, request, points, collection } = await notebook()
  await buildVectors(tools, request)
  const [some] = await points()
  await tools.store.upsert(collection, [
    { id: some?.id ?? '', vector: new Float32Array(64), rowVersion: 99, payload: {} },
  ])
  expect(await reconcileVectors(tools, { ...request, repair: true })).toMatchObject({ missing: 1 })
  expect(await reconcileVectors(tools, request)).toMatchObject(GOOD)
})

test('vectors are not removed in masses because rows are', async () => {
  const { tools, request, change } = await notebook()
  await buildVectors(tools, request)
  await change(Array.from({ length: 30 }, (_, index) => notes.delete(String(index))))
  expect(await reconcileVectors(tools, { ...request, repair: true })).toMatchObject({
    orphans: 30,
    removed: 0,
    refused: true,
  })
  const agreed = { ...request, repair: true, maxRemovedShare: 1 }
  expect(await reconcileVectors(tools, agreed)).toMatchObject({ removed: 30, refused: false })
  expect(await reconcileVectors(tools, request)).toMatchObject({ points: 2, ...GOOD })
})

test('a tenant finds nothing of another one, and each row once', async () => {
  const { tools, request } = await notebook()
  await buildVectors(tools, request)
  await buildVectors(tools, { ...request, tenantId: 2 })
  const ask = async (tenantId: number, query: string) => {
    const { hits } = await search({ store: tools.store, providers: [tools.provider] }, { tenantId, query, limit: 50 })
    return hits.map(({ text }) => text)
  }
  expect((await ask(1, 'invoices tokens'))[0]).toMatch(/invoices|tokens/)
  expect(await ask(1, 'invoices tokens')).toHaveLength(31)
  expect(await ask(2, 'invoices')).toEqual(['their secret invoices'])
  expect(await ask(3, 'invoices')).toEqual([])
})

test('filters and modes are respected, and what a model cannot do is told', async () => {
  const { tools, request, change, note } = await notebook()
  await change([note('y', 'invoices in Y', 'Y')])
  await buildVectors(tools, request)
  const find = (over: object) =>
    search({ store: tools.store, providers: [tools.provider] }, { tenantId: 1, query: 'invoices', ...over })
  expect((await find({ filters: { project: { anyOf: ['Y'] } } })).hits).toHaveLength(1)
  expect((await find({ mode: 'sparse' })).hits).toHaveLength(2)
  expect(await find({ mode: 'dense' })).toMatchObject({ mode: 'dense', semantic: false })
  const dense = search(
    { store: { ...tools.store, sparse: false }, providers: [tools.provider] },
    { tenantId: 1, query: 'invoices' },
  )
  expect(await dense).toMatchObject({ mode: 'dense' })
  await expect(search({ store: tools.store, providers: [] }, { tenantId: 1, query: 'x' })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
  })
})

test('a model is changed while searches go on, and back', async () => {
  const { tools, request, newer, collection } = await notebook()
  await buildVectors(tools, request)
  const providers = [tools.provider, newer]
  const found = () => search({ store: tools.store, providers }, { tenantId: 1, query: 'invoices' })
  await expect(serveVectors(tools.store, newer, { tenantId: 1, before: tools.provider })).rejects.toThrow(
    /has 0 points/,
  )
  const progress: number[] = []
  const build = { ...request, onProgress: ({ rows }: { rows: number }) => progress.push(rows) }
  expect(await buildVectors({ ...tools, provider: newer }, build)).toEqual({ rows: 31, embedded: 32 })
  expect(progress).toEqual([4, 8, 12, 16, 20, 24, 28, 31])
  expect((await found()).profile).toBe(collection.profile)
  await serveVectors(tools.store, newer, { tenantId: 1, before: tools.provider })
  expect(await found()).toMatchObject({
    profile: profileOf(newer),
    hits: [{ entity: 'notes' }, {}, {}, {}, {}, {}, {}, {}, {}, {}],
  })
  await serveVectors(tools.store, tools.provider, { tenantId: 1 })
  expect((await found()).profile).toBe(collection.profile)
})

test('an estimate counts documents, chunks, tokens and money, and asks nobody', async () => {
  const { tools, request, embedded } = await notebook()
  const estimate = await estimateBuild(tools, request, 0.02)
  expect(estimate).toMatchObject({ rows: 31, documents: 32, chunks: 1 })
  expect(estimate.tokens).toBeGreaterThan(90)
  expect(estimate.cost).toBeCloseTo((estimate.tokens / 1_000_000) * 0.02)
  expect(embedded()).toBe(0)
})

test('a build that dies at any call goes on where it stopped, and misses nothing', async () => {
  let deaths = 0
  for (let seed = 1; seed <= 30; seed += 1) {
    const { tools, request, collection, embedded } = await notebook()
    const random = seededRandom(seed)
    for (;;) {
      const life = incarnation(() =>
        random.next() < 0.08 ? (random.next() < 0.5 ? 'crash-before' : 'crash-after') : 'go',
      )
      const wrapped = {
        provider: life.wrap('provider', tools.provider),
        store: life.wrap('store', tools.store),
        bridge: life.wrap('bridge', tools.bridge),
        loader: tools.loader,
      }
      const ended = await Promise.race([buildVectors(wrapped, request), life.died])
      if (typeof ended === 'object') break
      deaths += 1
    }
    expect(await reconcileVectors(tools, request), `seed ${seed}`).toMatchObject({ points: 32, ...GOOD })
    expect(await tools.store.serving(1)).toBe(collection.profile)
    expect(embedded()).toBeLessThan(32 * 10)
  }
  expect(deaths).toBeGreaterThan(20)
})

test('rows that change while a model is built are in it as they are at the end', async () => {
  const { tools, request, change, note } = await notebook()
  let turn = 0
  const busy: EmbeddingProvider = {
    ...tools.provider,
    embed: async (texts, signal) => {
      turn += 1
      if (turn <= 5) await change([note(String(turn), `changed ${turn}`), notes.delete(String(turn + 10))])
      return tools.provider.embed(texts, signal)
    },
  }
  await buildVectors({ ...tools, provider: busy }, request)
  const report = await reconcileVectors(tools, { ...request, repair: true })
  // What changed behind the reading has embed rows of its own in a run; here reconciling stands in for them.
  expect(report).toMatchObject({ failed: [], refused: false })
  expect(await reconcileVectors(tools, request)).toMatchObject({ rows: 26, points: 27, ...GOOD })
})

test.each(['crash-before', 'crash-after'] as const)(
  'a flip that dies (%s) leaves one model serving, and search finds',
  async (fate) => {
    const { tools, request, newer } = await notebook()
    await buildVectors(tools, request)
    await buildVectors({ ...tools, provider: newer }, request)
    const life = incarnation((call) => (call === 'store.serve' ? fate : 'go'))
    const flip = { tenantId: 1, before: tools.provider }
    await Promise.race([serveVectors(life.wrap('store', tools.store), newer, flip), life.died])
    const providers = [tools.provider, newer]
    const after = await search({ store: tools.store, providers }, { tenantId: 1, query: 'invoices' })
    expect(after.profile).toBe(profileOf(fate === 'crash-before' ? tools.provider : newer))
    expect(after.hits[0]?.text).toContain('invoices')
    await serveVectors(tools.store, newer, flip)
    expect(await tools.store.serving(1)).toBe(profileOf(newer))
  },
)
