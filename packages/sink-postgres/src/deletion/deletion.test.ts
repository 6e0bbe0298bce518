import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { OWNER, tenant } from '../database/access.ts'
import { identifier } from '../database/identifier.ts'
import { addNotebook, type Notebook, newWorld, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { deleteIntegration } from './delete-integration.ts'
import { deleteTenant } from './delete-tenant.ts'
import { ownedTables } from './owned-tables.ts'

const note = (id: string) => ({ id, text: `text of ${id}`, at: 0 })

describe.each(scratchKinds(process.env.DATABASE_URL))('deletion on $name', (kind) => {
  let db: ScratchDatabase
  let book: Notebook
  let neighbour: Notebook
  let tests = 0
  let failAfter = Number.POSITIVE_INFINITY
  beforeAll(async () => {
    db = await openMigrated(kind, {
      onStatement: (sql) => {
        if (/^\s*DELETE/.test(sql) && failAfter-- <= 0) throw new Error('the process dies here')
      },
    })
  })
  beforeEach(async () => {
    const world = () =>
      newWorld({ books: { A: [note('a1'), note('bad'), note('a3')], B: [note('b1')] }, poison: ['text of bad'] })
    book = await addNotebook(db, world(), `test ${tests}`)
    neighbour = await addNotebook(db, world(), `neighbour ${tests++}`)
    for (const each of [book, neighbour]) {
      await each.run()
      await each.run()
      await db.query(tenant(each.tenantId), `INSERT INTO users (tenant_id, email) VALUES ($1, 'ada@example.com')`, [
        each.tenantId,
      ])
    }
  })
  afterAll(() => db.close())

  /** How many rows each table holds of a tenant. */
  const inventory = async (tenantId: number): Promise<{ readonly [table: string]: number }> => {
    const counts: { [table: string]: number } = {}
    for (const { name } of await ownedTables(db)) {
      const [row] = await db.query<{ count: number }>(
        OWNER,
        `SELECT count(*) AS count FROM ${identifier(name)} WHERE tenant_id = $1`,
        [tenantId],
      )
      if (row?.count) counts[name] = row.count
    }
    return counts
  }
  const points = async ({ tenantId, vectors }: Notebook) => {
    const collection = { tenantId, profile: 'hash:fnv1a/256/v1', dimensions: 256 }
    return (await Array.fromAsync(vectors.points(collection))).flat().length
  }
  const asking = { actor: 'ada@example.com', reason: 'contract ended' }

  test('every table with a tenant is known to it', async () => {
    const tables = await db.query<{ name: string }>(
      OWNER,
      `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
        ORDER BY 1`,
    )
    const known = (await ownedTables(db)).map(({ name }) => name)
    expect(known.toSorted()).toEqual(tables.map(({ name }) => name))
    expect(known.length).toBeGreaterThan(12)
  })

  test('of a deleted tenant no table keeps a row, and its neighbour keeps every one', async () => {
    const before = await inventory(neighbour.tenantId)
    expect(await points(book)).toBe(3)
    const deleted = await deleteTenant(db, { tenantId: book.tenantId, vectorStore: book.vectors, batch: 2 })
    expect(deleted).toMatchObject({ points: 3, notes: 3, raw_extraction_data: 6, users: 1 })
    expect(await inventory(book.tenantId)).toEqual({})
    expect(await book.vectors.serving(book.tenantId)).toBeUndefined()
    await expect(points(book)).rejects.toThrow(/does not exist/)
    expect(await db.query(OWNER, 'SELECT FROM tenants WHERE id = $1', [book.tenantId])).toEqual([])
    expect(await inventory(neighbour.tenantId)).toEqual(before)
    await expect(deleteTenant(db, { tenantId: book.tenantId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('of a deleted integration only its tenant, jobs without it, people and the audit are left', async () => {
    const request = { tenantId: book.tenantId, integrationId: book.integrationId, vectorStore: book.vectors, batch: 2 }
    await deleteIntegration(db, { ...request, ...asking })
    expect(Object.keys(await inventory(book.tenantId)).toSorted()).toEqual(['audit_log', 'etl_jobs', 'users'])
    expect(await points(book)).toBe(0)
    const [job] = await db.query(
      tenant(book.tenantId),
      'SELECT integration_id, overall, checkpoint_data, last_run_id FROM etl_jobs WHERE id = $1',
      [book.jobId],
    )
    expect(job).toEqual({ integration_id: null, overall: 'READY', checkpoint_data: null, last_run_id: null })
    expect(await db.query(tenant(book.tenantId), 'SELECT actor, action, object_id FROM audit_log')).toEqual([
      { actor: asking.actor, action: 'integrations.delete', object_id: String(book.integrationId) },
    ])
    await expect(deleteIntegration(db, { ...request, ...asking })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('interrupted anywhere, it goes on with the same call, and its runs are cancelled before anything goes', async () => {
    const runtime = book.runtime({ roles: ['extract'] })
    await runtime.start()
    const { runId } = await runtime.startRun({ tenantId: book.tenantId, jobId: book.jobId })
    let interruptions = 0
    for (let survives = 0; ; survives += 3) {
      failAfter = survives
      const outcome = await deleteTenant(db, { tenantId: book.tenantId, vectorStore: book.vectors, batch: 2 }).then(
        () => 'done',
        (error: Error) => error.message,
      )
      failAfter = Number.POSITIVE_INFINITY
      if (outcome === 'done') break
      expect(outcome).toBe('the process dies here')
      interruptions += 1
      const [run] = await db.query<{ state: string }>(OWNER, 'SELECT state FROM etl_runs WHERE id = $1', [runId])
      if (run) expect(run.state).toBe('cancelled')
    }
    await runtime.stop()
    expect(interruptions).toBeGreaterThan(2)
    expect(await inventory(book.tenantId)).toEqual({})
  })

  test('nobody deletes another tenant’s integration', async () => {
    const foreign = { tenantId: neighbour.tenantId, integrationId: book.integrationId, ...asking }
    const before = await inventory(book.tenantId)
    await expect(deleteIntegration(db, foreign)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await inventory(book.tenantId)).toEqual(before)
  })
})
