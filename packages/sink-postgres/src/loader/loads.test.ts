import { type Change, defineEntity, type LoadScope, type Logger, prepareLoad } from '@millrace/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { pruneConfirmations } from './confirmations.ts'
import { postgresLoader } from './postgres-loader.ts'

const ISSUES = defineEntity({
  name: 'issues',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string(), votes: z.int().optional(), details: z.json().optional() }),
})
/** Its key has another name than `id`, and is no text. */
const NUMBERED = defineEntity({
  name: 'numbered',
  key: 'number',
  columns: z.object({ number: z.int(), title: z.string() }),
})
const NOTES = defineEntity({
  name: 'notes',
  key: ['issue', 'position'],
  parent: 'issue',
  references: { issue: ISSUES },
  columns: z.object({ issue: z.string(), position: z.int(), text: z.string() }),
})

describe.each(scratchKinds(process.env.DATABASE_URL))('loads on $name', (kind) => {
  let db: ScratchDatabase
  let scope: LoadScope
  let tests = 0
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    await postgresLoader(db).prepare([ISSUES, NOTES, NUMBERED])
  })
  beforeEach(async () => {
    scope = { tenantId: await seedTenant(db, { name: `test ${tests++}` }), integrationId: 1, runId: 1 }
  })
  afterAll(() => db.close())

  const batch = (seq: number, changes: readonly Change[]) =>
    prepareLoad(changes, { scope, sourceSeq: seq, fullSync: false })
  const load = (seq: number, changes: readonly Change[], log?: Logger) =>
    postgresLoader(db, log ? { log } : {}).load(batch(seq, changes), undefined)
  const titles = async (on: Database = db) => {
    const rows = await on.query<{ title: string }>(
      tenant(scope.tenantId),
      'SELECT title FROM issues WHERE active ORDER BY 1',
    )
    return rows.map(({ title }) => title)
  }
  const confirmations = async () => {
    const [found] = await db.query<{ count: number }>(tenant(scope.tenantId), 'SELECT count(*) FROM load_confirmations')
    return found?.count
  }

  test('content that did not change leaves the stored rows where and as they are', async () => {
    const changes = [
      ISSUES.upsert({ id: 'A', title: 'one' }),
      ISSUES.upsert({ id: 'B', title: 'two' }),
      NOTES.replace('A', [{ issue: 'A', position: 1, text: 'first' }]),
    ]
    await load(1, [...changes, ISSUES.delete('C')])
    const physical = `
      SELECT 'issues' AS name, id::text, ctid::text, xmin::text, last_updated_at, source_seq FROM issues
      UNION ALL SELECT 'notes', issue::text, ctid::text, xmin::text, last_updated_at, source_seq FROM notes ORDER BY 1, 2`
    const before = await db.query(tenant(scope.tenantId), physical)
    expect(before).toHaveLength(4)
    await load(2, [...changes, ISSUES.delete('C')])
    expect(await db.query(tenant(scope.tenantId), physical)).toEqual(before)
  })

  test('what is confirmed leaves one small record, and repetitions none', async () => {
    const changes = ['A', 'B', 'C'].map((id) => ISSUES.upsert({ id, title: 'same' }))
    await load(1, changes)
    await load(1, changes)
    expect(await confirmations()).toBe(0)
    await load(3, changes)
    await load(3, changes)
    await load(2, changes)
    expect(await confirmations()).toBe(1)
  })

  test('confirmations that nothing can contradict any more are forgotten', async () => {
    for (const seq of [1, 2, 3]) await load(seq, [ISSUES.upsert({ id: 'A', title: 'same' })])
    const prune = (oldestSeq: number) => pruneConfirmations(db, { ...scope, oldestSeq })
    expect([await prune(1), await prune(2), await prune(2)]).toEqual([0, 1, 0])
    await load(2, [ISSUES.upsert({ id: 'A', title: 'older' })])
    expect(await titles()).toEqual(['same'])
  })

  test('text that PostgreSQL cannot hold is cleaned, counted, and lets its neighbours alone', async () => {
    const warnings: object[] = []
    const silent = (): void => undefined
    const log = { debug: silent, info: silent, error: silent, warn: (facts: object) => void warnings.push(facts) }
    const details = { 'a\0b': ['c\0', '\udc00', '\\u0000'] }
    await load(
      1,
      [ISSUES.upsert({ id: 'A', title: 'x\0y \ud83d', details }), ISSUES.upsert({ id: 'B', title: '\\u0000' })],
      log,
    )
    expect(await titles()).toEqual(['\\u0000', 'xy \ufffd'])
    const [row] = await db.query(tenant(scope.tenantId), `SELECT details FROM issues WHERE external_id = 'A'`)
    expect(row?.details).toEqual({ ab: ['c', '\ufffd', '\\u0000'] })
    expect(warnings).toEqual([{ ...scope, entity: 'issues', cleaned: 4 }])
  })

  test('a batch that cannot be written is rolled back as a whole, and is not tried again', async () => {
    const failed = load(1, [
      ISSUES.upsert({ id: 'A', title: 'fine' }),
      NOTES.upsert({ issue: 'A', position: 0.5 as number, text: 'a position that is no integer' }),
    ])
    await expect(failed).rejects.toMatchObject({
      code: 'LOAD_FAILED',
      retryable: false,
      context: { sqlState: '22P02' },
    })
    await expect(failed).rejects.toThrow(/^Failed to load rows of issues, notes: .*bigint/)
    expect(await titles()).toEqual([])
  })

  test('a load joins the transaction that it is given, and only one of its own tenant', async () => {
    const loader = postgresLoader(db)
    const undone = db.transaction(tenant(scope.tenantId), async (tx) => {
      await loader.load(batch(1, [ISSUES.upsert({ id: 'A', title: 'undone' })]), tx)
      throw new Error('after the load')
    })
    await expect(undone).rejects.toThrow('after the load')
    expect(await titles()).toEqual([])
    for (const access of [tenant(scope.tenantId + 1), { as: 'engine' } as const]) {
      const foreign = db.transaction(access, (tx) => loader.load(batch(1, []), tx))
      await expect(foreign).rejects.toMatchObject({ code: 'INTERNAL' })
    }
  })

  test('a tombstone of a row that was never seen knows what it is a tombstone of', async () => {
    await load(2, [NUMBERED.delete('7')])
    await load(1, [NUMBERED.upsert({ number: 7, title: 'older' })])
    const rows = await db.query(tenant(scope.tenantId), 'SELECT number, title, active FROM numbered')
    expect(rows).toEqual([{ number: 7, title: null, active: false }])
  })

  test('a child that is named beside a replace of its siblings is what the replace says', async () => {
    await load(1, [
      NOTES.upsert({ issue: 'A', position: 1, text: 'beside' }),
      NOTES.replace('A', [{ issue: 'A', position: 1, text: 'within' }]),
    ])
    expect(await db.query(tenant(scope.tenantId), 'SELECT text FROM notes')).toEqual([{ text: 'within' }])
  })
})
