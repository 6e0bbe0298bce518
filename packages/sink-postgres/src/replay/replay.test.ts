import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tenant } from '../database/access.ts'
import { listDeadLetters } from '../dead-letters/list-dead-letters.ts'
import { prune } from '../retention/prune.ts'
import { setRetention } from '../retention/settings.ts'
import { addNotebook, type Notebook, newWorld, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { replay, replayCoverage } from './replay.ts'

const note = (id: string, text = `text of ${id}`, at = 0) => ({ id, text, at })

describe.each(scratchKinds(process.env.DATABASE_URL))('replay on $name', (kind) => {
  let db: ScratchDatabase
  let book: Notebook
  let tests = 0
  beforeAll(async () => {
    db = await openMigrated(kind)
  })
  beforeEach(async () => {
    const books = { A: [note('a1'), note('a2'), note('a3')], B: [note('b1')] }
    book = await addNotebook(db, newWorld({ books }), `test ${tests++}`)
  })
  afterAll(() => db.close())

  /** Replays to the end. */
  const again = async (more = {}) => {
    const runtime = book.runtime()
    await runtime.start()
    const [replayed] = await replay(db, runtime, { tenantId: book.tenantId, jobId: book.jobId, ...more })
    if (!replayed) throw new Error('nothing was replayed')
    const summary = await book.watch(runtime, replayed.run.runId)
    await runtime.stop()
    return { ...replayed, summary }
  }
  const lengths = async () => Object.fromEntries((await book.notes()).map((row) => [row.external_id, row.length]))

  test('rows are as a fresh sync with the new transformer would make them, and the provider is not asked', async () => {
    await book.run()
    expect(await lengths()).toEqual({ a1: null, a2: null, a3: null, b1: null })
    book.world.transformVersion = 2
    const { requests } = book.world
    const { summary, records, gaps } = await again()
    expect(summary).toMatchObject({ state: 'finished', totals: { rowsWritten: 4, apiCalls: 0 } })
    expect({ records, gaps }).toEqual({ records: 3, gaps: [] })
    expect(book.world.requests).toBe(requests)

    const fresh = await addNotebook(db, book.world, `fresh ${tests}`)
    await fresh.run()
    expect(await book.notes()).toEqual(await fresh.notes())
  })

  test('a replay of what has not changed writes nothing', async () => {
    await book.run()
    expect((await again()).summary).toMatchObject({ state: 'finished', totals: { rowsWritten: 0, embedded: 0 } })
  })

  test('newer content stays: each record is loaded at the version that it was received under', async () => {
    await book.run()
    book.world.books = { A: [note('a1', 'newer'), note('a2')], B: [note('b1')] }
    book.world.windowed = true
    await book.run({ mode: 'full' })
    book.world.books = { A: [note('a1', 'newest', 9e7)], B: [] }
    await book.run()
    book.world.transformVersion = 2
    await again()
    expect(await book.notes()).toEqual([
      { external_id: 'a1', text: 'newest', length: 6 },
      { external_id: 'a2', text: 'text of a2', length: 10 },
      // Not in the full sync any more, so that its record is superseded; it stays as it is until a census says that it is gone.
      { external_id: 'a3', text: 'text of a3', length: null },
      { external_id: 'b1', text: 'text of b1', length: 10 },
    ])
  })

  test('only what the request names: steps, and what was received since then', async () => {
    await book.run()
    const future = new Date(Date.now() + 3_600_000)
    const request = { tenantId: book.tenantId, jobId: book.jobId }
    expect(await replayCoverage(db, { ...request, since: future })).toMatchObject([{ records: 0 }])
    expect(await replayCoverage(db, { ...request, steps: ['other'] })).toMatchObject([{ records: 0 }])
    const of = { tenantId: book.tenantId, integrationId: book.integrationId, steps: ['notebook_notes'] }
    expect(await replayCoverage(db, of)).toMatchObject([{ jobId: book.jobId, records: 3 }])
    const { summary } = await again({ since: future })
    expect(summary.counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 0 })
    await expect(replayCoverage(db, { tenantId: book.tenantId, jobId: 987_654 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('what died of a record is settled by a replay, and dead anew where it is bad still', async () => {
    book.world.poison = ['text of a2', 'text of b1']
    await book.run()
    book.world.poison = ['text of b1']
    const { summary } = await again()
    expect(summary.state).toBe('failed')
    const { deadLetters } = await listDeadLetters(db, { tenantId: book.tenantId })
    expect(deadLetters).toMatchObject([{ unit: { book: 'B' }, runId: summary.runId }])
    expect(Object.keys(await lengths())).toEqual(['a1', 'a2', 'a3'])
    book.world.poison = []
    expect((await again()).summary.state).toBe('finished')
    expect((await listDeadLetters(db, { tenantId: book.tenantId })).deadLetters).toEqual([])
  })

  test('interrupted after any batch, it goes on where it was and takes no record up twice', async () => {
    book.world.books = { A: Array.from({ length: 20 }, (_, index) => note(`a${index}`)) }
    await book.run()
    book.world.transformVersion = 2
    const runtime = book.runtime({ limits: { recordsPerCommit: 1 }, roles: ['extract'] })
    const [replayed] = await replay(db, runtime, { tenantId: book.tenantId, jobId: book.jobId })
    const run = { runId: replayed?.run.runId ?? 0, tenantId: book.tenantId }
    const planned = async () => {
      const [row] = await db.query<{ planned: number }>(
        tenant(book.tenantId),
        `SELECT planned FROM etl_run_steps WHERE run_id = $1 AND stage = 'transform'`,
        [run.runId],
      )
      return row?.planned ?? 0
    }
    await runtime.start()
    await expect.poll(planned, { timeout: 20_000, interval: 1 }).toBeGreaterThan(0)
    await runtime.stop()
    const working = book.runtime({ limits: { recordsPerCommit: 3 } })
    await working.start()
    const summary = await book.watch(working, run.runId)
    await working.stop()
    expect(summary.counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 10, done: 10 })
    expect(Object.values(await lengths()).every((length) => typeof length === 'number')).toBe(true)
  })

  test('it adopts no work that would talk to the provider, and leaves watermarks and the schedule as they are', async () => {
    await book.run()
    const facts = () =>
      db.query(
        tenant(book.tenantId),
        'SELECT j.next_run_at, w.unit_key, w.until FROM etl_jobs j JOIN unit_watermarks w ON w.job_id = j.id WHERE j.id = $1',
        [book.jobId],
      )
    const before = await facts()
    await again()
    expect(await facts()).toEqual(before)
  })

  test('it says which units it cannot cover, because their records were pruned by age', async () => {
    book.world.windowed = true
    await book.run()
    book.world.books = { A: [note('a1', 'newer', 9e7)], B: [] }
    await book.run()
    await setRetention(db, { tenantId: book.tenantId, setting: 'raw_max_days', days: 0 })
    expect(await prune(db, { tenantId: book.tenantId })).toMatchObject({ rawAged: 5, rawSuperseded: 0 })
    const request = { tenantId: book.tenantId, jobId: book.jobId }
    expect(await replayCoverage(db, request)).toEqual([
      {
        jobId: book.jobId,
        records: 0,
        gaps: [
          { step: 'notebook_notes', unitKey: '{"book":"A"}', records: 3 },
          { step: 'notebook_notes', unitKey: '{"book":"B"}', records: 2 },
        ],
      },
    ])
    await book.run({ mode: 'full' })
    expect(await replayCoverage(db, request), 'a full sync fills them').toMatchObject([{ gaps: [] }])
  })
})
