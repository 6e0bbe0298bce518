import { vector } from '@electric-sql/pglite-pgvector'
import { vectorStoreConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWNER } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/open-database.ts'
import { migrate } from '../migrations/migrate.ts'
import { pgvectorStore } from './pgvector-store.ts'

describe('pgvector on an embedded database', () => {
  let db: Database
  beforeAll(async () => {
    db = await openDatabase({ pglite: { dataDir: 'memory://', extensions: { vector } } })
    await migrate(db)
    await db.query(OWNER, `INSERT INTO tenants (id, name) VALUES (1, 'first'), (2, 'second'), (11, 'eleventh')`)
    await pgvectorStore(db).prepare({ tenantId: 1, profile: 'any', dimensions: 3 })
  })
  afterAll(() => db.close())

  const cases = vectorStoreConformance(async () => {
    await db.query(OWNER, 'TRUNCATE vector_collections, vector_points')
    return pgvectorStore(db)
  })
  for (const { name, run } of cases) test(name, run)

  test('a vector of other dimensions is refused', async () => {
    const store = pgvectorStore(db)
    const collection = { tenantId: 1, profile: 'strict', dimensions: 3 }
    await store.prepare(collection)
    const point = { id: '00000000-0000-0000-0000-000000000001', vector: Float32Array.of(1), rowVersion: 1, payload: {} }
    await expect(store.upsert(collection, [point])).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    await expect(store.search(collection, { dense: Float32Array.of(1), limit: 1 })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    })
  })

  test('a vector of zeros is like nothing', async () => {
    const store = pgvectorStore(db)
    const collection = { tenantId: 1, profile: 'zeros', dimensions: 2 }
    await store.prepare(collection)
    const id = '00000000-0000-0000-0000-000000000001'
    await store.upsert(collection, [{ id, vector: Float32Array.of(0, 0), rowVersion: 1, payload: { text: 'a\0b' } }])
    expect(await store.search(collection, { dense: Float32Array.of(1, 0), limit: 5 })).toEqual([
      { id, score: 0, payload: { text: 'ab' } },
    ])
  })
})

test('a database without pgvector is told to get it', async () => {
  const db = await openDatabase({ pglite: { dataDir: 'memory://' } })
  await migrate(db)
  const preparing = pgvectorStore(db).prepare({ tenantId: 1, profile: 'any', dimensions: 3 })
  await expect(preparing).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
    message: expect.stringMatching(/^Failed to keep vectors in PostgreSQL: .*pglite-pgvector/),
  })
  await db.close()
})
