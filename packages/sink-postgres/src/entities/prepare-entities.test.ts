import { type AnyEntity, defineEntity, type LoadScope, prepareLoad } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { OWNER } from '../database/access.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { prepareEntities } from './prepare-entities.ts'

const PARENTS = defineEntity({ name: 'parents', key: 'id', columns: z.object({ id: z.string() }) })

describe.each(scratchKinds(process.env.DATABASE_URL))('tables of entities on $name', (kind) => {
  let db: ScratchDatabase
  let scope: LoadScope
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    scope = { tenantId: await seedTenant(db, { name: 'Apple' }), integrationId: 1, runId: 1 }
  })
  afterAll(() => db.close())

  const columnsOf = async (table: string): Promise<object> => {
    const rows = await db.query<{ name: string; type: string }>(
      OWNER,
      `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [table],
    )
    return Object.fromEntries(rows.map(({ name, type }) => [name, type]))
  }
  const load = (entity: AnyEntity, row: object) =>
    postgresLoader(db).load(
      prepareLoad([{ op: 'upsert', entity, row: { ...row } }], { scope, sourceSeq: 1, fullSync: false }),
      undefined,
    )
  const rowsOf = async (entity: AnyEntity) => {
    for await (const page of postgresLoader(db).read(scope, entity)) return page.map(({ values }) => values)
    return []
  }
  const thing = (name: string, amount: z.ZodType, more: z.ZodRawShape = {}) =>
    defineEntity({ name, key: 'id', columns: z.object({ id: z.string(), amount, ...more }) })

  test('have the declared columns, ours, a key and an index for each reference and each named column', async () => {
    const links = defineEntity({
      name: 'links',
      key: ['parent', 'name'],
      parent: 'parent',
      references: { parent: PARENTS, target: PARENTS },
      indexes: ['name', 'labels'],
      columns: z.object({ parent: z.string(), name: z.string(), target: z.string(), labels: z.array(z.string()) }),
    })
    await prepareEntities(db, [PARENTS, links])
    expect(await columnsOf('links')).toMatchObject({
      parent: 'uuid',
      name: 'text',
      target: 'uuid',
      labels: 'jsonb',
      tenant_id: 'integer',
      source_at: 'timestamp with time zone',
      source_seq: 'bigint',
    })
    expect(await columnsOf('parents')).toMatchObject({ id: 'uuid', external_id: 'text' })
    const indexes = await db.query<{ definition: string }>(
      OWNER,
      `SELECT regexp_replace(indexdef, '^.* USING ', '') AS definition FROM pg_indexes WHERE tablename = 'links' ORDER BY 1`,
    )
    expect(indexes.map(({ definition }) => definition)).toEqual([
      'btree (integration_id, run_id)',
      'btree (name)',
      'btree (parent, name)',
      'btree (target)',
      'gin (labels jsonb_path_ops)',
    ])
  })

  test('get the columns that a definition adds, and keep those that it drops', async () => {
    await prepareEntities(db, [thing('growing', z.int(), { old: z.string().optional() })])
    await load(thing('growing', z.int(), { old: z.string() }), { id: 'A', amount: 1, old: 'kept' })
    const newer = thing('growing', z.int(), { fresh: z.boolean().nullish() })
    await prepareEntities(db, [newer])
    expect(await columnsOf('growing')).toMatchObject({ old: 'text', fresh: 'boolean' })
    expect(await rowsOf(newer)).toEqual([{ external_id: 'A', amount: 1, fresh: null }])
  })

  test.each([
    ['double precision', z.number(), 7],
    ['numeric', z.number().meta({ storage: 'decimal' }), 7],
    ['text', z.string(), '7'],
    ['jsonb', z.json(), 7],
  ] as const)('widen an integer to %s without losing it', async (type, wider, value) => {
    const name = `wider_${type.replaceAll(' ', '_')}`
    await prepareEntities(db, [thing(name, z.int())])
    await load(thing(name, z.int()), { id: 'A', amount: 7 })
    await prepareEntities(db, [thing(name, wider)])
    expect(await rowsOf(thing(name, wider))).toEqual([{ external_id: 'A', amount: value }])
  })

  test('refuse to become narrower, another key, or a table of somebody else', async () => {
    await prepareEntities(db, [thing('narrow', z.string())])
    await expect(prepareEntities(db, [thing('narrow', z.int())])).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('column amount is text and cannot be widened to bigint'),
    })
    const child = defineEntity({
      name: 'narrow',
      key: ['parent', 'amount'],
      parent: 'parent',
      references: { parent: PARENTS },
      columns: z.object({ parent: z.string(), amount: z.string() }),
    })
    await expect(prepareEntities(db, [child])).rejects.toThrow('its key is (id) and not (parent, amount)')
    await db.query(OWNER, 'CREATE TABLE theirs (id uuid PRIMARY KEY, amount bigint)')
    await expect(prepareEntities(db, [thing('theirs', z.int())])).rejects.toThrow('it is not a table of ours')
  })

  test('are made once, however many programs start at the same time', async () => {
    const others = kind.name === 'PGlite' ? [db, db] : [await db.again(), await db.again()]
    await Promise.all([db, ...others].map((each) => prepareEntities(each, [thing('contended', z.int())])))
    expect(await columnsOf('contended')).toMatchObject({ amount: 'bigint' })
  })
})
