import { randomBytes } from 'node:crypto'
import { hashEmbeddings, profileOf, uuidV5 } from '@millrace/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tenant } from '../database/access.ts'
import { createIntegration, rotateKeys, updateIntegration } from '../jobs/integrations.ts'
import { secretsFromKey } from '../jobs/secrets.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { NOTES, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresVectorBridge } from '../vectors/vector-bridge.ts'
import { readTenantModels } from './tenant-models.ts'

const KEY = 'sesame-that-nobody-may-see'
const OLD = { id: 'old', key: randomBytes(32) }
const NEW = { id: 'new', key: randomBytes(32) }
const SERVER = { provider: 'openai', baseUrl: 'https://models.example/v1', model: 'small', dimensions: 8 }
const HASH = { provider: 'hash', dimensions: 256 }

describe.each(scratchKinds(process.env.DATABASE_URL))('embedding of integrations on $name', (kind) => {
  const secrets = secretsFromKey(OLD)
  let db: ScratchDatabase
  let tenantId: number
  let tests = 0
  beforeAll(async () => {
    db = await openMigrated(kind)
  })
  beforeEach(async () => {
    tenantId = await seedTenant(db, { name: `tenant ${tests++}` })
  })
  afterAll(() => db.close())

  const create = (embedding: Parameters<typeof createIntegration>[1]['embedding']) =>
    createIntegration(db, { secrets, tenantId, name: 'Tracker', type: 'notebook', ...(embedding && { embedding }) })
  const change = (integrationId: number, embedding: Parameters<typeof createIntegration>[1]['embedding']) =>
    updateIntegration(db, { secrets, tenantId, integrationId, changes: { embedding: embedding ?? null } })
  const models = (keys = secrets, id = tenantId) => readTenantModels(db, { tenantId: id, secrets: async () => keys })
  const embedded = async (integrationId: number) => {
    const scope = { tenantId, integrationId, entity: NOTES, profile: profileOf(hashEmbeddings()) }
    const row = { key: 'k', chunk: 0, pointId: uuidV5('k'), textHash: '', payloadHash: '', rowHash: '', rowVersion: 1 }
    await postgresVectorBridge(db).mark(scope, [{ ...row, state: 'ready' }], undefined)
  }

  test('settings are kept in the open with their defaults, and the key is sealed apart from them', async () => {
    const id = await create({ ...SERVER, apiKey: KEY })
    expect(await models()).toMatchObject({ current: { settings: SERVER, apiKey: KEY }, also: undefined })
    const [stored] = await db.query<{ embedding: object; keys: Buffer }>(
      tenant(tenantId),
      'SELECT embedding, embedding_credentials AS keys FROM integrations WHERE id = $1',
      [id],
    )
    expect(stored?.embedding).toMatchObject({ ...SERVER, shorten: false })
    expect(JSON.stringify(stored?.embedding)).not.toContain(KEY)
    expect(stored?.keys.toString('latin1')).not.toContain(KEY)
    const stranger = await seedTenant(db, { name: `stranger ${tests++}` })
    expect(await models(secrets, stranger)).toBeUndefined()
  })

  test('a key stays when the settings are stored again without it, and goes to no other server', async () => {
    const id = await create({ ...SERVER, apiKey: KEY })
    await change(id, { ...SERVER, maxTexts: 16 })
    expect(await models()).toMatchObject({ current: { settings: { maxTexts: 16 }, apiKey: KEY } })
    await change(id, { ...SERVER, baseUrl: 'https://elsewhere.example/v1' })
    expect((await models())?.current.apiKey).toBeUndefined()
    await change(id, SERVER)
    expect((await models())?.current.apiKey).toBeUndefined()
  })

  test('what does not validate is refused, and neither value nor key is told', async () => {
    for (const wrong of [{ provider: 'magic' }, { ...SERVER, dimensions: 0, apiKey: KEY }, { ...SERVER, apiKey: 7 }]) {
      const failing = create(wrong)
      await expect(failing).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
      await expect(failing).rejects.not.toThrow(KEY)
    }
    expect(await models()).toBeUndefined()
  })

  test('integrations of a tenant name one model, and vectors that are there are not left behind', async () => {
    const first = await create(HASH)
    await expect(create(SERVER)).rejects.toThrow(/one search cannot find/)
    const second = await create(HASH)
    await expect(change(second, SERVER)).rejects.toThrow(/integration \d+ of the tenant is embedded with hash/)
    await change(second, null)
    await change(first, SERVER)
    await change(first, HASH)
    await embedded(first)
    await expect(change(first, SERVER)).rejects.toThrow(/vectors are of hash.*vectors change/)
    await expect(change(first, null)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    expect(await change(first, HASH)).toBe(true)
  })

  test('keys of embedding servers are sealed anew with all others', async () => {
    await create({ ...SERVER, apiKey: KEY })
    expect(await rotateKeys(db, secretsFromKey(NEW, OLD))).toBeGreaterThanOrEqual(1)
    expect(await models(secretsFromKey(NEW))).toMatchObject({ current: { apiKey: KEY } })
    await expect(models(secretsFromKey(OLD))).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await rotateKeys(db, secretsFromKey(OLD, NEW))
  })
})
