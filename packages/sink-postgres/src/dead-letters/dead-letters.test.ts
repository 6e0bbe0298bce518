import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINE, tenant } from '../database/access.ts'
import { addNotebook, type Notebook, newWorld, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, type ScratchKind, scratchKinds } from '../testing/scratch-database.ts'
import { discardDeadLetters } from './discard-dead-letters.ts'
import { listDeadLetters } from './list-dead-letters.ts'
import { requeueDeadLetters } from './requeue-dead-letters.ts'
import { showDeadLetter } from './show-dead-letter.ts'

const note = (id: string, text = id) => ({ id, text, at: 0 })

describe.each(scratchKinds(process.env.DATABASE_URL))('dead letters on $name', (kind: ScratchKind) => {
  let db: ScratchDatabase
  let book: Notebook
  let tests = 0
  beforeAll(async () => {
    db = await openMigrated(kind)
  })
  beforeEach(async () => {
    const books = { A: [note('a1'), note('a2', 'bad'), note('a3')], B: [note('b1', 'bad')] }
    book = await addNotebook(db, newWorld({ books, poison: ['bad'] }), `test ${tests++}`)
  })
  afterAll(() => db.close())

  const list = (filter = {}) => listDeadLetters(book.db, { tenantId: book.tenantId, ...filter })
  const audit = () => book.db.query(tenant(book.tenantId), 'SELECT actor, action, details FROM audit_log ORDER BY id')
  const asking = () => ({ tenantId: book.tenantId, actor: 'ada@example.com', reason: 'fixed upstream' })

  test('are listed with what, where and why, by filter and page by page', async () => {
    const { runId, state } = await book.run()
    expect(state).toBe('failed')
    const { deadLetters, next } = await list()
    expect(next).toBeNull()
    expect(deadLetters).toHaveLength(2)
    expect(deadLetters.find(({ items }) => items?.[0] === 1)).toMatchObject({
      jobId: book.jobId,
      jobName: 'notebook',
      runId,
      step: 'notebook_notes',
      jobType: 'transform',
      code: 'TRANSFORM_FAILED',
      message: expect.stringMatching(
        /^Failed to transform notebook_notes: cannot bear a2 \(.*notebook\.ts:\d+:\d+\)\.$/,
      ),
      transient: false,
      unit: { book: 'A' },
      requeuedAt: null,
    })
    const first = await list({ limit: 1 })
    expect(first.next).toBe(first.deadLetters[0]?.id)
    const second = await list({ limit: 1, after: first.next })
    expect(second.deadLetters).toHaveLength(1)
    expect(second.next).toBeNull()
    for (const filter of [
      { runId: runId + 1 },
      { step: 'other' },
      { jobType: 'embed' },
      { code: 'X' },
      { transient: true },
    ]) {
      expect((await list(filter)).deadLetters, JSON.stringify(filter)).toEqual([])
    }
    for (const filter of [{ runId }, { jobId: book.jobId }, { code: 'TRANSFORM_FAILED', transient: false }]) {
      expect((await list(filter)).deadLetters, JSON.stringify(filter)).toHaveLength(2)
    }
    const stranger = await addNotebook(book.db, newWorld(), `stranger ${tests}`)
    expect(await listDeadLetters(book.db, { tenantId: stranger.tenantId })).toEqual({ deadLetters: [], next: null })
  })

  test('show the raw record that they are about, and of it the bad item alone', async () => {
    await book.run()
    const [letter] = (await list()).deadLetters.filter(({ unit }) => JSON.stringify(unit).includes('A'))
    const id = letter?.id ?? 0
    const shown = await showDeadLetter(book.db, { tenantId: book.tenantId, id })
    expect(shown).toMatchObject({
      id,
      payload: { raw_id: letter?.rawId, items: [1], unit: { book: 'A' } },
      raw: {
        id: letter?.rawId,
        step: 'notebook_notes',
        unitKey: '{"book":"A"}',
        status: 'failed',
        transformVersion: 1,
      },
    })
    expect(shown).not.toHaveProperty('record')
    const options = { tenantId: book.tenantId, id, record: true }
    expect(await showDeadLetter(book.db, options)).toMatchObject({
      record: [{ items: [note('a1'), note('a2', 'bad')] }],
    })
    expect(await showDeadLetter(book.db, { ...options, itemsProperty: () => 'items' })).toMatchObject({
      record: [{ items: [note('a2', 'bad')] }],
    })
    await expect(showDeadLetter(book.db, { tenantId: book.tenantId, id: id + 1000 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('one poison record for ever: the window moves on, nothing is asked for again, and the count tells', async () => {
    await book.run()
    const count = async () => {
      const [job] = await book.db.query<{ count: number }>(
        ENGINE,
        `SELECT (status -> 'open_dead_letters')::integer AS count FROM etl_jobs WHERE id = $1`,
        [book.jobId],
      )
      return job?.count
    }
    expect(await count()).toBe(2)
    const before = await watermarks(book)
    expect(before).toHaveLength(2)
    book.world.books = { A: [], B: [] }
    for (const _ of [1, 2]) {
      const { state, counters } = await book.run()
      expect(state).toBe('finished')
      // Of each unit the one empty page, and no row of the poison.
      expect(counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 2, dead: 0 })
    }
    expect(await count()).toBe(2)
    await discardDeadLetters(book.db, asking())
    expect(await count(), 'at once').toBe(0)
    const after = await watermarks(book)
    for (const [index, until] of after.entries()) expect(until > (before[index] ?? until)).toBe(true)
    expect((await book.notes()).map((row) => row.external_id)).toEqual(['a1', 'a3'])
  })

  test('requeued, they wait for the next run, which is due at once and adopts them whatever they died of', async () => {
    await book.run()
    book.world.poison = []
    const { requests } = book.world
    expect(await requeueDeadLetters(book.db, asking())).toEqual({ adopted: 0, waiting: 2 })
    expect((await list()).deadLetters.map(({ requeuedAt }) => requeuedAt)).toEqual([expect.any(Date), expect.any(Date)])
    const [job] = await book.db.query<{ due: boolean }>(
      ENGINE,
      'SELECT next_run_at <= millrace_now() AS due FROM etl_jobs WHERE id = $1',
      [book.jobId],
    )
    expect(job?.due).toBe(true)
    book.world.books = { A: [] }
    expect((await book.run()).state).toBe('finished')
    expect((await book.notes()).map((row) => row.external_id)).toEqual(['a1', 'a2', 'a3', 'b1'])
    expect(book.world.requests, 'only the unit of the new run was read').toBe(requests + 1)
    expect((await list()).deadLetters).toEqual([])
    expect(await audit()).toEqual([
      {
        actor: 'ada@example.com',
        action: 'dead-letters.requeue',
        details: { ids: expect.any(Array), reason: 'fixed upstream' },
      },
    ])
  })

  test('requeued while their job runs, they are taken over by the run as long as their stage is open', async () => {
    await book.run()
    book.world.poison = []
    const runtime = book.runtime({ roles: ['extract'] })
    await runtime.start()
    const { runId } = await runtime.startRun({ tenantId: book.tenantId, jobId: book.jobId })
    const [only] = (await list()).deadLetters
    const ids = [only?.id ?? 0]
    expect(await requeueDeadLetters(book.db, { ...asking(), ids })).toEqual({ adopted: 1, waiting: 0 })
    expect((await list()).deadLetters).toHaveLength(1)
    const worker = book.runtime()
    await worker.start()
    const summary = await book.watch(worker, runId)
    await Promise.all([runtime.stop(), worker.stop()])
    expect(summary.state).toBe('finished')
    // Three pages of the run itself, and the one that it took over.
    expect(summary.counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 4, done: 4 })
  })

  test('a unit of an earlier run waits for the next one, which is due as soon as the run that goes on has ended', async () => {
    book.world.poison = []
    book.world.broken = ['A']
    await book.run()
    book.world.broken = []
    const { runId } = await book.runtime().startRun({ tenantId: book.tenantId, jobId: book.jobId })
    const dueAt = async () => {
      const [job] = await book.db.query<{ due: boolean }>(
        ENGINE,
        'SELECT next_run_at <= millrace_now() AS due FROM etl_jobs WHERE id = $1',
        [book.jobId],
      )
      return job?.due
    }
    // The run plans the same unit with a window and a cursor of its own.
    expect(await requeueDeadLetters(book.db, asking())).toEqual({ adopted: 0, waiting: 1 })
    const worker = book.runtime()
    await worker.start()
    expect((await book.watch(worker, runId)).state).toBe('finished')
    await worker.stop()
    expect((await list()).deadLetters).toMatchObject([{ jobType: 'extract', unit: { book: 'A' } }])
    expect(await dueAt(), 'at once').toBe(true)
    expect((await book.run()).state).toBe('finished')
    expect((await list()).deadLetters).toEqual([])
    expect(await dueAt(), 'not again and again').toBe(false)
  })

  test('a plan is nobody’s debt: between its death and what follows from that, its own run does not take it over', async () => {
    const { runId } = await book.runtime().startRun({ tenantId: book.tenantId, jobId: book.jobId })
    const dead = `UPDATE etl_job_queue SET status = 'dead', error_code = 'INTERNAL', error_transient = true, completed_at = now()
      WHERE run_id = $1 AND job_type = 'plan'`
    await book.db.query(ENGINE, dead, [runId])
    await book.db.query(ENGINE, `UPDATE etl_run_steps SET dead = 1 WHERE run_id = $1 AND stage = 'plan'`, [runId])
    expect(await requeueDeadLetters(book.db, asking())).toEqual({ adopted: 0, waiting: 1 })
  })

  test('of the very run that goes on, they are no longer counted as dead when they are requeued', async () => {
    const runtime = book.runtime({ roles: ['extract', 'transform'] })
    await runtime.start()
    const { runId } = await runtime.startRun({ tenantId: book.tenantId, jobId: book.jobId })
    // Embedding is nobody's role here, so the run stays open after transform; until then its dead rows are in an open stage.
    await expect.poll(async () => (await list()).deadLetters.length, { timeout: 120_000 }).toBe(2)
    await runtime.stop()
    book.world.poison = []
    const { adopted, waiting } = await requeueDeadLetters(book.db, asking())
    expect(adopted + waiting).toBe(2)
    const worker = book.runtime()
    await worker.start()
    const summary = await book.watch(worker, runId)
    await worker.stop()
    const dead = summary.counters.reduce((sum, row) => sum + row.dead, 0)
    expect(dead).toBe(waiting)
    expect(summary.state).toBe(waiting === 0 ? 'finished' : 'failed')
    expect(await book.notes()).toHaveLength(2 + adopted)
  })

  test('discarded, they are gone for good, with who and why on record', async () => {
    await book.run()
    const [first] = (await list()).deadLetters
    const ids = [first?.id ?? 0]
    expect(await discardDeadLetters(book.db, { ...asking(), ids })).toBe(1)
    expect(await discardDeadLetters(book.db, { ...asking(), ids })).toBe(0)
    expect((await list()).deadLetters).toHaveLength(1)
    expect(await discardDeadLetters(book.db, asking())).toBe(1)
    book.world.poison = []
    book.world.books = {}
    expect((await book.run()).state).toBe('finished')
    expect(await book.notes()).toHaveLength(2)
    expect((await audit()).map((row) => row.action)).toEqual(['dead-letters.discard', 'dead-letters.discard'])
  })

  test('a transformer of a higher version takes up what its predecessor died of, once', async () => {
    await book.run()
    book.world.books = {}
    expect((await book.run()).counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 0 })
    book.world.transformVersion = 2
    const again = await book.run()
    expect(again.counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 4, done: 2, dead: 2 })
    expect(again.state).toBe('failed')
    const third = await book.run()
    expect(third.counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 0 })
    book.world.transformVersion = 3
    book.world.poison = []
    expect((await book.run()).state).toBe('finished')
    expect(await book.notes()).toHaveLength(4)
  })

  test('a step of which more than a fifth and at least fifty rows die is stopped, and the rest is tried by the next run', {
    timeout: 300_000,
  }, async () => {
    book.world.books = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`book ${index}`, [note(`n${index}`, 'bad')]]),
    )
    // All wait before the first is tried: rows that come one by one are each tried before the next one is there.
    const reader = book.runtime({ roles: ['extract'] })
    await reader.start()
    const { runId } = await reader.startRun({ tenantId: book.tenantId, jobId: book.jobId })
    const waiting = `
      SELECT count(*)::integer AS count FROM etl_job_queue
       WHERE run_id = $1 AND job_type = 'transform' AND status = 'pending'`
    await expect.poll(() => book.db.query(ENGINE, waiting, [runId]), { timeout: 120_000 }).toEqual([{ count: 200 }])
    await reader.stop()
    const worker = book.runtime()
    await worker.start()
    const { state } = await book.watch(worker, runId)
    await worker.stop()
    expect(state).toBe('failed')
    const own = await list({ limit: 1000 })
    const stopped = own.deadLetters.filter(({ code }) => code === 'STEP_STOPPED')
    const tried = own.deadLetters.filter(({ code }) => code === 'TRANSFORM_FAILED')
    expect(tried.length).toBeGreaterThanOrEqual(50)
    expect(stopped.length, 'most were not tried').toBeGreaterThan(50)
    expect(stopped[0]).toMatchObject({ transient: true, message: expect.stringContaining('rows are dead') })

    book.world.poison = []
    book.world.books = {}
    expect((await book.run()).state).toBe('finished')
    const { deadLetters } = await list({ limit: 1000 })
    expect(deadLetters.length, 'what was tried waits for people').toBe(tried.length)
    expect(await book.notes()).toHaveLength(200 - tried.length)
  })

  test('no other tenant requeues or discards them', async () => {
    await book.run()
    const stranger = await addNotebook(book.db, newWorld(), `stranger ${tests}`)
    const ids = (await list()).deadLetters.map(({ id }) => id)
    const foreign = { ...asking(), tenantId: stranger.tenantId, ids }
    expect(await requeueDeadLetters(book.db, foreign)).toEqual({ adopted: 0, waiting: 0 })
    expect(await discardDeadLetters(book.db, foreign)).toBe(0)
    expect((await list()).deadLetters).toHaveLength(2)
  })
})

async function watermarks({ db, tenantId, jobId }: Notebook): Promise<readonly Date[]> {
  const rows = await db.query<{ until: Date }>(
    tenant(tenantId),
    'SELECT until FROM unit_watermarks WHERE job_id = $1 ORDER BY unit_key',
    [jobId],
  )
  return rows.map(({ until }) => until)
}
