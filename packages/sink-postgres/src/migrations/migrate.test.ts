import { afterEach, describe, expect, test } from 'vitest'
import { OWNER } from '../database/access.ts'
import { type ScratchDatabase, type ScratchKind, scratchKinds, scratchServer } from '../testing/scratch-database.ts'
import { ALL_MIGRATIONS } from './all-migrations.ts'
import { assertSchema, migrate, migrationStatus, reset, rollback } from './migrate.ts'

const serverUrl = process.env.DATABASE_URL

const ALL = ALL_MIGRATIONS.map(({ version }) => version)

const open = new Set<ScratchDatabase>()
afterEach(async () => {
  for (const db of open) await db.close()
  open.clear()
})
const scratch = async (kind: ScratchKind): Promise<ScratchDatabase> => {
  const db = await kind.open()
  open.add(db)
  return db
}

const tablesOf = async (db: ScratchDatabase): Promise<readonly string[]> => {
  const rows = await db.query<{ name: string }>(
    OWNER,
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1',
  )
  return rows.map(({ name }) => name)
}

test('migrations are numbered without gaps', () => {
  expect(ALL).toEqual(ALL.map((_, index) => index + 1))
})

describe.each(scratchKinds(serverUrl))('migrations on $name', (kind) => {
  test('are applied once, go back one by one, and can be applied again', async () => {
    const db = await scratch(kind)
    expect(await migrate(db)).toEqual(ALL)
    expect(await migrate(db)).toEqual([])
    const applied = await migrationStatus(db)
    expect(applied.every(({ appliedAt }) => appliedAt instanceof Date)).toBe(true)
    const tables = await tablesOf(db)
    expect(await rollback(db)).toEqual([ALL.at(-1)])
    expect(await rollback(db, { steps: 99 })).toEqual(ALL.toReversed().slice(1))
    expect(await tablesOf(db)).toEqual(['migration_history'])
    expect(await rollback(db)).toEqual([])
    expect(await migrate(db, { to: 2 })).toEqual([1, 2])
    expect(await migrate(db)).toEqual(ALL.slice(2))
    expect(await tablesOf(db)).toEqual(tables)
  })

  test('a reset leaves nothing of ours and everything of others', async () => {
    const db = await scratch(kind)
    await migrate(db)
    await db.query(OWNER, 'CREATE TABLE somebody_elses (id integer)')
    await reset(db)
    expect(await tablesOf(db)).toEqual(['somebody_elses'])
    expect(await migrate(db)).toEqual(ALL)
  })

  test('a program refuses a database that is older or newer than itself', async () => {
    const db = await scratch(kind)
    await expect(assertSchema(db)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    await migrate(db, { to: 1 })
    await expect(assertSchema(db)).rejects.toThrow(`${ALL.length - 1} migrations are missing, from 2 (etl_jobs) on`)
    await migrate(db)
    await assertSchema(db)
    await db.query(OWNER, `INSERT INTO migration_history (version, name) VALUES (999, 'of the future')`)
    await expect(assertSchema(db)).rejects.toThrow(`at version 999 and this program knows ${ALL.at(-1)}`)
  })

  test('the clock of the database can be set in tests', async () => {
    const db = await scratch(kind)
    await migrate(db)
    const now = 'SELECT millrace_now() AS now'
    const [set] = await db.transaction(OWNER, async (tx) => {
      await tx.query(`SET LOCAL millrace.now = '2024-01-01T00:00:00Z'`)
      return tx.query<{ now: Date }>(now)
    })
    expect(set?.now).toEqual(new Date('2024-01-01T00:00:00Z'))
    const [real] = await db.query<{ now: Date }>(OWNER, now)
    expect(Math.abs(Number(real?.now) - Date.now())).toBeLessThan(60_000)
  })
})

describe.skipIf(!serverUrl)('several migrators', () => {
  const kind = scratchServer(serverUrl ?? '')

  test('of one database apply each migration once', async () => {
    const db = await scratch(kind)
    const others = await Promise.all([db.again(), db.again(), db.again()])
    const applied = await Promise.all([db, ...others].map((each) => migrate(each)))
    expect(applied.flat().toSorted((left, right) => left - right)).toEqual(ALL)
  })

  test('of several databases of one cluster share its roles', async () => {
    const databases = await Promise.all([scratch(kind), scratch(kind), scratch(kind)])
    await Promise.all(databases.map((db) => migrate(db)))
    for (const db of databases) await assertSchema(db)
  })
})
