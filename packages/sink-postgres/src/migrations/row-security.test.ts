import { defineEntity } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ENGINE, OWNER, tenant } from '../database/access.ts'
import { identifier } from '../database/identifier.ts'
import { prepareEntities } from '../entities/prepare-entities.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { migrate } from './migrate.ts'

/** Tables without a tenant's data, and why they need no policy. */
const EXEMPT: { readonly [table: string]: string } = {
  migration_history: 'which versions of the schema were applied',
}

/** What the engine may see besides its own tables: no credentials, no addresses. */
const ENGINE_COLUMNS = {
  tenants: ['active', 'id', 'name', 'tier'],
  integrations: ['active', 'id', 'name', 'tenant_id', 'type'],
}

const NOT_FOR_THE_ENGINE = [
  'entity_things',
  'load_confirmations',
  'raw_extraction_data',
  'users',
  'audit_log',
  'system_settings',
]

const THINGS = defineEntity({ name: 'entity_things', key: 'id', columns: z.object({ id: z.string() }) })

interface TenantTable {
  readonly name: string
  readonly column: 'tenant_id' | 'id'
}

describe.each(scratchKinds(process.env.DATABASE_URL))('row level security on $name', (kind) => {
  let db: ScratchDatabase
  let mine: number
  let theirs: number
  let tables: readonly TenantTable[]
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    await prepareEntities(db, [THINGS])
    mine = await seedTenant(db, { name: 'mine' })
    theirs = await seedTenant(db, { name: 'theirs' })
    tables = await db.query<TenantTable>(
      OWNER,
      `SELECT c.relname AS name, CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AS column
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND a.attname = CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AND NOT a.attisdropped
        ORDER BY 1`,
    )
  })
  afterAll(() => db.close())

  test('is forced on every table that is not exempt for a reason', async () => {
    const open = await db.query<{ name: string }>(
      OWNER,
      `SELECT c.relname AS name FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity
            AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
        ORDER BY 1`,
    )
    expect(open.map(({ name }) => name)).toEqual(Object.keys(EXEMPT))
  })

  test('the roles cannot get around it', async () => {
    const roles = await db.query(
      OWNER,
      `SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname IN ('millrace_app', 'millrace_engine')
        ORDER BY 1`,
    )
    const powerless = { rolsuper: false, rolbypassrls: false, rolcanlogin: false }
    expect(roles).toEqual([
      { rolname: 'millrace_app', ...powerless },
      { rolname: 'millrace_engine', ...powerless },
    ])
  })

  test('every policy of tenants compares the tenant, for reading and for writing', async () => {
    const policies = await db.query<{ name: string; reads: string; writes: string }>(
      OWNER,
      `SELECT tablename AS name, qual AS reads, with_check AS writes FROM pg_policies
        WHERE schemaname = current_schema() AND 'millrace_app' = ANY (roles) ORDER BY 1`,
    )
    expect(tables.length).toBeGreaterThan(10)
    for (const { name, reads, writes } of policies) {
      const { column } = tables.find((table) => table.name === name) ?? {}
      expect(column, `${name} has a policy for tenants but no tenant`).toBeDefined()
      expect(reads, name).toMatch(new RegExp(`^\\(${column} = .*current_setting\\('millrace\\.tenant'`))
      expect(writes, name).toBe(reads)
    }
    expect(tables.map(({ name }) => name).filter((name) => !policies.some((policy) => policy.name === name))).toEqual(
      [],
    )
  })

  test('a tenant sees its own rows, and nobody sees any without naming a tenant', async () => {
    const [jobs] = await db.query<{ own: boolean; jobs: number }>(
      tenant(mine),
      'SELECT bool_and(tenant_id = $1) AS own, count(*) AS jobs FROM etl_jobs',
      [mine],
    )
    expect(jobs).toEqual({ own: true, jobs: 4 })
    const nobody = await db.transaction(OWNER, async (tx) => {
      await tx.query('SET LOCAL ROLE millrace_app')
      return tx.query('SELECT * FROM etl_jobs')
    })
    expect(nobody).toEqual([])
  })

  test('no statement of one tenant reads, changes or removes a row of another, in any table', async () => {
    for (const { name, column } of tables) {
      const [table, field] = [identifier(name), identifier(column)]
      await db.transaction(tenant(mine), async (tx) => {
        expect(await tx.query(`SELECT FROM ${table} WHERE ${field} <> $1`, [mine]), name).toEqual([])
        expect(await tx.execute(`UPDATE ${table} SET ${field} = ${field} WHERE ${field} = $1`, [theirs]), name).toBe(0)
        expect(await tx.execute(`DELETE FROM ${table} WHERE ${field} = $1`, [theirs]), name).toBe(0)
      })
    }
  })

  test('no statement of one tenant gives a row to another', async () => {
    const steal = `UPDATE etl_jobs SET tenant_id = $1`
    await expect(db.query(tenant(mine), steal, [theirs])).rejects.toMatchObject({ code: '42501' })
    const plant = `INSERT INTO etl_jobs (tenant_id, job_name, connector) VALUES ($1, 'planted', 'jira')`
    await expect(db.query(tenant(mine), plant, [theirs])).rejects.toMatchObject({ code: '42501' })
  })

  test('the engine sees no entities, raw records, confirmations, users or settings', async () => {
    for (const name of NOT_FOR_THE_ENGINE) {
      await expect(db.query(ENGINE, `SELECT * FROM ${identifier(name)}`), name).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('of tenants and integrations, the engine sees what scheduling needs', async () => {
    for (const [name, allowed] of Object.entries(ENGINE_COLUMNS)) {
      const columns = await db.query<{ name: string }>(
        OWNER,
        `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
          AND has_column_privilege('millrace_engine', attrelid, attnum, 'SELECT') ORDER BY 1`,
        [name],
      )
      expect(columns.map((column) => column.name)).toEqual(allowed)
    }
    expect(await db.query(ENGINE, 'SELECT id FROM tenants ORDER BY id')).toHaveLength(2)
    await expect(db.query(ENGINE, 'SELECT credentials FROM integrations')).rejects.toMatchObject({ code: '42501' })
    await expect(db.query(ENGINE, `UPDATE tenants SET tier = 'free'`)).rejects.toMatchObject({ code: '42501' })
  })
})
