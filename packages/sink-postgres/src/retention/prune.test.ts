import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINE, tenant } from '../database/access.ts'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { addNotebook, type Notebook, newWorld, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { prune, pruneChore } from './prune.ts'
import { setRetention } from './settings.ts'

const DAY = 86_400_000
const note = (id: string, text = `text of ${id}`) => ({ id, text, at: 0 })

describe.each(scratchKinds(process.env.DATABASE_URL))('pruning on $name', (kind) => {
  let db: ScratchDatabase
  let book: Notebook
  let tests = 0
  let daysLater = 0
  beforeAll(async () => {
    db = await openMigrated(kind, { now: () => new Date(Date.now() + daysLater * DAY) })
  })
  beforeEach(async () => {
    daysLater = 0
    const books = { A: [note('a1'), note('a2'), note('a3')], B: [note('b1')] }
    book = await addNotebook(db, newWorld({ books }), `test ${tests++}`)
  })
  afterAll(() => db.close())

  const pruned = (batch = 2) => prune(db, { tenantId: book.tenantId, batch })
  const count = async (table: string, where = 'true') => {
    const [row] = await db.query<{ count: number }>(
      tenant(book.tenantId),
      `SELECT count(*) AS count FROM ${table} WHERE ${where}`,
    )
    return row?.count
  }

  test('settled ledger rows go at once, in batches, and nothing else does', async () => {
    await book.run()
    const rows = (await count('etl_job_queue')) ?? 0
    expect(rows).toBeGreaterThan(4)
    expect(await pruned()).toEqual({
      ledgerRows: rows,
      rawSuperseded: 0,
      rawAged: 0,
      confirmations: 0,
      deadLetters: 0,
      runs: 0,
    })
    expect(await count('raw_extraction_data')).toBe(3)
  })

  test('a raw record goes when its unit was read anew as a whole and its time is over, not before', async () => {
    await book.run()
    await book.run()
    expect(await count('raw_extraction_data')).toBe(6)
    expect((await pruned()).rawSuperseded).toBe(0)
    daysLater = 8
    expect((await pruned()).rawSuperseded).toBe(3)
    daysLater = 10_000
    expect((await pruned()).rawSuperseded, 'what nothing replaced stays for ever').toBe(0)
    expect(await count('raw_extraction_data')).toBe(3)
  })

  test('a read of what changed supersedes nothing, even if it is the newest', async () => {
    book.world.windowed = true
    await book.run()
    await book.run()
    daysLater = 100
    expect((await pruned()).rawSuperseded).toBe(0)
    daysLater = 0
    await book.run({ mode: 'full' })
    daysLater = 100
    expect((await pruned()).rawSuperseded).toBe(5)
  })

  test('a raw record that a dead letter is about stays as long as that', async () => {
    book.world.poison = ['text of b1']
    await book.run()
    book.world.poison = []
    await book.run()
    daysLater = 8
    expect((await pruned()).rawSuperseded).toBe(2)
    expect(await count('raw_extraction_data', `processing_status = 'failed'`)).toBe(1)
    daysLater = 91
    expect(await pruned()).toMatchObject({ deadLetters: 1 })
    expect(await count('audit_log', `actor = 'retention' AND action = 'dead-letters.prune'`)).toBe(1)
    expect(await pruned()).toMatchObject({ rawSuperseded: 1 })
  })

  /** Extracts everything in a run that nobody transforms. */
  const extractOnly = async (maxAttempts: number) => {
    const extracting = book.runtime({ roles: ['extract'] })
    await extracting.start()
    const { runId } = await extracting.startRun({ tenantId: book.tenantId, jobId: book.jobId, maxAttempts })
    await expect.poll(() => count('raw_extraction_data'), { timeout: 20_000 }).toBe(3)
    await expect
      .poll(() => count('etl_job_queue', `job_type IN ('plan', 'extract') AND status <> 'done'`), { timeout: 20_000 })
      .toBe(0)
    await extracting.stop()
    return runId
  }

  test('a raw record whose row was buried stays as long as that row, and not for ever', async () => {
    await extractOnly(1)
    const ledger = postgresLedger(db)
    const claim = { jobTypes: ['transform'] as const, limit: 1, leaseMs: 60_000 }
    for (const workerId of ['first', 'second', 'third']) {
      expect(await ledger.claim({ ...claim, workerId })).toHaveLength(1)
    }
    expect(await ledger.sweep({ staleAfterMs: 1, ownerless: true })).toMatchObject({ buried: 3 })
    expect(await count('raw_extraction_data', `processing_status = 'pending'`)).toBe(3)
    await book.run({ mode: 'full' })
    daysLater = 8
    expect((await pruned()).rawSuperseded, 'a dead letter is about it').toBe(0)
    daysLater = 91
    expect(await pruned()).toMatchObject({ rawSuperseded: 0, deadLetters: 3 })
    expect((await pruned()).rawSuperseded).toBe(3)
  })

  test('a raw record of a row that a cancelled run left stays until that row expires', async () => {
    const runId = await extractOnly(5)
    await postgresLedger(db).cancelRun({ runId, tenantId: book.tenantId })
    expect(await count('etl_job_queue', `job_type = 'transform' AND status = 'cancelled'`)).toBe(3)
    await db.query(tenant(book.tenantId), `UPDATE integrations SET settings = '{"raw_max_days": 5}' WHERE id = $1`, [
      book.integrationId,
    ])
    daysLater = 6
    expect((await pruned()).rawAged, 'the next run will need it').toBe(0)
    daysLater = 91
    expect(await pruned()).toMatchObject({ rawAged: 0, deadLetters: 3 })
    expect((await pruned()).rawAged).toBe(3)
  })

  test('the pages of a record stay as long as a row is about it', async () => {
    book.world.record = 'unit'
    book.world.poison = ['text of a3']
    await book.run()
    expect(await count('raw_extraction_data')).toBe(3)
    await db.query(tenant(book.tenantId), `UPDATE integrations SET settings = '{"raw_max_days": 5}' WHERE id = $1`, [
      book.integrationId,
    ])
    daysLater = 6
    expect((await pruned()).rawAged, 'the book that is done').toBe(1)
    expect(await count('raw_extraction_data', `extraction_metadata ? 'part'`)).toBe(2)
    daysLater = 91
    expect(await pruned()).toMatchObject({ rawAged: 0, deadLetters: 1 })
    expect((await pruned()).rawAged).toBe(2)
  })

  test('whoever aborts it waits for one batch at most', async () => {
    await book.run()
    const rows = (await count('etl_job_queue')) ?? 0
    expect(rows).toBeGreaterThan(2)
    const stopping = new AbortController()
    const stoppedInTime: typeof db = {
      ...db,
      transaction: async (access, work) => {
        const result = await db.transaction(access, work)
        stopping.abort(new Error('the worker stops'))
        return result
      },
    }
    const options = { tenantId: book.tenantId, batch: 1, signal: stopping.signal }
    await expect(prune(stoppedInTime, options)).rejects.toThrow('the worker stops')
    expect(await count('etl_job_queue')).toBe(rows - 1)
  })

  test('confirmations go once nothing older than they is stored or under way', async () => {
    await book.run()
    await book.run()
    const confirmed = await count('load_confirmations')
    expect(confirmed).toBeGreaterThan(0)
    expect((await pruned()).confirmations, 'older records are stored').toBe(0)
    daysLater = 8
    expect((await pruned()).rawSuperseded).toBe(3)
    const oldest = (await pruned()).confirmations
    expect(oldest).toBeLessThanOrEqual(confirmed ?? 0)
    // Of what is left, none is older than the oldest record.
    const older = 'source_seq <= (SELECT min(source_seq) FROM raw_extraction_data)'
    expect(await count('load_confirmations', older)).toBe(0)
  })

  test('runs go when their time is over, but not the last one of a job, nor one with debt', async () => {
    book.world.poison = ['text of b1']
    const failed = await book.run()
    book.world.books = { A: [] }
    const second = await book.run()
    const last = await book.run()
    daysLater = 89
    expect((await pruned()).runs).toBe(0)
    await setRetention(db, { tenantId: book.tenantId, setting: 'run_retention_days', days: 30 })
    expect((await pruned()).runs).toBe(1)
    const left = await db.query<{ id: number }>(tenant(book.tenantId), 'SELECT id FROM etl_runs ORDER BY id')
    expect(left.map(({ id }) => id)).toEqual([failed.runId, last.runId])
    expect(await count('etl_run_steps', `run_id = ${second.runId}`)).toBe(0)
  })

  test('an integration’s own settings count for its raw records, and what does not validate deletes nothing', async () => {
    await book.run()
    const settings = (value: string) =>
      db.query(tenant(book.tenantId), 'UPDATE integrations SET settings = $1::jsonb WHERE id = $2', [
        value,
        book.integrationId,
      ])
    await settings('{"raw_max_days": "soon"}')
    await expect(pruned()).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await settings('{"raw_max_days": 5}')
    expect((await pruned()).rawAged).toBe(0)
    daysLater = 6
    expect((await pruned()).rawAged).toBe(3)
    const tooFew = { tenantId: book.tenantId, setting: 'run_retention_days', days: -1 } as const
    await expect(setRetention(db, tooFew)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })

  test('as a chore it is done by one of many processes, once in its time', async () => {
    await book.run()
    const chore = pruneChore(db)
    const going = new AbortController().signal
    await db.query(ENGINE, 'DELETE FROM chores')
    await chore.run(going)
    expect(await count('etl_job_queue')).toBe(0)
    await book.run()
    await Promise.all([chore.run(going), pruneChore(db).run(going)])
    expect(await count('etl_job_queue'), 'not again so soon').toBeGreaterThan(0)
    daysLater = 1
    await chore.run(going)
    expect(await count('etl_job_queue')).toBe(0)
  })
})
