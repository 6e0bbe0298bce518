import { randomBytes } from 'node:crypto'
import { hashEmbeddings, profileOf } from '@millrace/core'
import { createIntegration, migrate, secretsFromKey, seedTenant } from '@millrace/sink-postgres'
import { startQdrantSimulator } from '@millrace-examples/simulators'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { openVectors } from './open-vectors.ts'

const secrets = secretsFromKey({ id: 'test', key: randomBytes(32) })
let db: Awaited<ReturnType<typeof openStore>>
beforeAll(async () => {
  db = await openStore({ kind: 'memory' })
  await migrate(db)
})
afterAll(() => db.close())

const account = (tenantId: number) => ({ tenantId, integrationId: 1 })

test('the offline model is taken where it is installed, unless hashing is asked for', async () => {
  await using auto = await openVectors(db, { qdrant: undefined, embeddings: 'auto' }, async () => secrets)
  expect(auto?.vectorizer.provider.name).toBe('offline:use-lite-en')
  expect(auto?.description).toMatch(/small model .* database\.$/)
  await using hashed = await openVectors(db, { qdrant: undefined, embeddings: 'hash' }, async () => secrets)
  expect(hashed?.vectorizer.provider).toMatchObject({ name: 'hash:fnv1a', semantic: false })
  expect(hashed?.description).toMatch(/no meaning/)
})

test('a tenant keeps the model that serves it, although the program would now choose another', async () => {
  const tenantId = await seedTenant(db, { name: 'kept' })
  const fresh = await seedTenant(db, { name: 'fresh' })
  await using vectors = await openVectors(db, { qdrant: undefined, embeddings: 'auto' }, async () => secrets)
  const hashing = hashEmbeddings()
  await vectors?.store.prepare({ tenantId, profile: profileOf(hashing), dimensions: hashing.dimensions })
  const modelOf = async (id: number) => (await vectors?.vectorizer.modelsOf?.(account(id)))?.map(({ name }) => name)
  expect(await modelOf(tenantId)).toEqual(['hash:fnv1a'])
  expect(await modelOf(fresh)).toEqual(['offline:use-lite-en'])
})

test('vectors are kept in Qdrant where it is configured', async () => {
  const qdrant = await startQdrantSimulator({})
  try {
    const choice = { qdrant: { url: qdrant.url, apiKey: undefined }, embeddings: 'hash' } as const
    await using vectors = await openVectors(db, choice, async () => secrets)
    expect(vectors?.description).toMatch(/Qdrant\.$/)
    await vectors?.store.prepare({ tenantId: 7, profile: 'hash:fnv1a/256/v1', dimensions: 256 })
    expect(await vectors?.store.serving(7)).toBe('hash:fnv1a/256/v1')
  } finally {
    await qdrant.close()
  }
})

test('a tenant is embedded by the model that its integration names, with the key that is sealed there', async () => {
  const tenantId = await seedTenant(db, { name: 'named' })
  const server = { provider: 'openai', baseUrl: 'http://127.0.0.1:1/v1', model: 'nomic', dimensions: 3 }
  const tracker = { name: 'Tracker', type: 'jira', embedding: { ...server, apiKey: 'sesame' } }
  await createIntegration(db, { secrets, tenantId, ...tracker })
  await using vectors = await openVectors(db, { qdrant: undefined, embeddings: 'hash' }, async () => secrets)
  const models = await vectors?.modelsOf(tenantId)
  expect(models).toMatchObject([{ name: 'openai:nomic', dimensions: 3 }])
  expect(await vectors?.vectorizer.modelsOf?.(account(tenantId))).toEqual(models)
  expect((await vectors?.providersOf(tenantId))?.map(({ name }) => name)).toEqual([
    'openai:nomic',
    'offline:use-lite-en',
    'hash:fnv1a',
  ])
})
