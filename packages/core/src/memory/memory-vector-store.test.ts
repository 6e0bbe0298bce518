import { expect, test } from 'vitest'
import { hashEmbeddings } from '../embedding/hash-embeddings.ts'
import { vectorStoreConformance } from '../testing/vector-store-conformance.ts'
import { memoryVectorStore } from './memory-vector-store.ts'

for (const { name, run } of vectorStoreConformance(memoryVectorStore)) test(name, run)

test('what is stored does not change with the array that it came from', async () => {
  const store = memoryVectorStore()
  const collection = { tenantId: 1, profile: 'p', dimensions: 2 }
  await store.prepare(collection)
  const vector = Float32Array.of(1, 0)
  await store.upsert(collection, [{ id: 'a', vector, rowVersion: 1, payload: {} }])
  vector.fill(0)
  expect((await store.search(collection, { dense: Float32Array.of(1, 0), limit: 1 }))[0]?.score).toBe(1)
})

test('a collection must be prepared, and a vector must fit it', async () => {
  const store = memoryVectorStore()
  const collection = { tenantId: 1, profile: 'p', dimensions: 2 }
  await expect(store.search(collection, { dense: Float32Array.of(1, 0), limit: 1 })).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
  })
  await store.prepare(collection)
  await expect(store.search(collection, { dense: Float32Array.of(1), limit: 1 })).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
  })
})

test('texts that share words are found by them', async () => {
  const provider = hashEmbeddings()
  const store = memoryVectorStore()
  const collection = { tenantId: 1, profile: provider.name, dimensions: provider.dimensions }
  const texts = ['Login fails after token expiry', 'Export invoices as PDF', 'Dark mode for the dashboard']
  const { signal } = new AbortController()
  const vectors = await provider.embed(texts, signal)
  await store.prepare(collection)
  await store.upsert(
    collection,
    vectors.map((vector, index) => ({
      id: String(index),
      vector,
      rowVersion: 1,
      payload: { text: texts[index] ?? '' },
    })),
  )
  const [query = new Float32Array(provider.dimensions)] = await provider.embed(['pdf EXPORT broken'], signal)
  expect((await store.search(collection, { dense: query, limit: 1 }))[0]?.payload).toEqual({
    text: 'Export invoices as PDF',
  })
})
