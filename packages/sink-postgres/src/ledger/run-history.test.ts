import type { Ledger, RunRef, StartRun } from '@millrace/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { listRuns, readRunDetails } from './run-history.ts'
import { type LedgerTenants, ledgerTenants } from './testing/ledger-fixture.ts'

const MINUTE = 60_000
const GRAPH = { steps: [{ name: 'issues', displayName: 'All issues', order: 1, after: [], spawns: [] }] }

describe.each(scratchKinds(process.env.DATABASE_URL))('the history of runs on $name', (kind) => {
  let db: ScratchDatabase
  let ledger: Ledger
  let tenants: LedgerTenants
  let now = Date.UTC(2025, 0, 1)
  beforeAll(async () => {
    db = await kind.open({ now: () => new Date(now) })
    await migrate(db)
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    tenants = await ledgerTenants(db)
    ledger = postgresLedger(db)
  })

  const start = (more: Partial<StartRun> = {}): Promise<RunRef> =>
    ledger.startRun({ ...tenants.job, graph: GRAPH, mode: 'incremental', options: {}, ...more })
  const take = async () => {
    const [lease] = await ledger.claim({ workerId: 'w', jobTypes: ['plan', 'extract'], limit: 1, leaseMs: MINUTE })
    if (!lease) throw new Error('nothing is due')
    return lease
  }
  const plan = async (...keys: string[]): Promise<void> => {
    const births = keys.map((key) => ({ step: 'issues', jobType: 'extract', payload: { unit: key }, key }) as const)
    await ledger.commit(await take(), { row: { to: 'done' }, births, totals: { apiCalls: 1, peakMemoryBytes: 500 } })
  }
  const failure = (message: string) => ({ code: 'INVALID_BODY', message, transient: false }) as const

  test('keeps what a run did, how long it took and what it cost', async () => {
    const run = await start({ options: { batchSize: 50 } })
    await plan('A', 'B')
    now += 1_500
    const totals = { apiCalls: 2, bytesReceived: 700, rowsWritten: 5, rowsRemoved: 2, embeddingsQueued: 6, embedded: 4 }
    const warnings = [{ about: 'Boards', message: 'They are closed.' }]
    await ledger.commit(await take(), { row: { to: 'done' }, totals: { ...totals, peakMemoryBytes: 900 }, warnings })
    const going = { state: 'running', finishedAt: null, durationMs: 1_500, apiCalls: 3, deadRows: 0 }
    expect(await listRuns(db, tenants.job)).toMatchObject([{ runId: run.runId, ...going, peakMemoryBytes: 900 }])
    now += 500
    await ledger.commit(await take(), { row: { to: 'dead', failure: failure('Failed to read B.') } })
    const over = {
      runId: run.runId,
      jobId: tenants.job.jobId,
      jobName: 'Tracker',
      connector: 'tracker',
      mode: 'incremental',
      options: { batchSize: 50 },
      state: 'failed',
      startedAt: new Date(now - 2_000),
      finishedAt: new Date(now),
      durationMs: 2_000,
      ...totals,
      apiCalls: 3,
      deadRows: 1,
      peakMemoryBytes: 900,
    }
    expect(await listRuns(db, tenants.job)).toMatchObject([over])
    const details = await readRunDetails(db, run)
    expect(details).toMatchObject(over)
    expect(details?.stages.map(({ stage, displayName, planned }) => [displayName, stage, planned])).toEqual([
      ['All issues', 'plan', 1],
      ['All issues', 'extraction', 2],
      ['All issues', 'transform', 0],
      ['All issues', 'embedding', 0],
    ])
    expect(details?.warnings).toEqual([{ step: 'issues', about: 'Boards', message: 'They are closed.' }])
    expect(details?.failures).toEqual([
      { step: 'issues', jobType: 'extract', code: 'INVALID_BODY', count: 1, message: 'Failed to read B.' },
    ])
  })

  test('keeps what a cancelled run had done', async () => {
    const run = await start()
    await plan('A')
    await ledger.cancelRun(run)
    expect(await listRuns(db, tenants.job)).toMatchObject([{ state: 'cancelled', apiCalls: 1, peakMemoryBytes: 500 }])
  })

  test('goes back page by page, of one job or of all, and of one tenant only', async () => {
    const runs: number[] = []
    for (let count = 0; count < 5; count++) {
      const run = await start({ mode: 'full' })
      runs.unshift(run.runId)
      await ledger.cancelRun(run)
    }
    const foreign = await start(tenants.otherTenantJob)
    const { tenantId } = tenants.job
    const first = await listRuns(db, { tenantId, limit: 2 })
    expect(first.map(({ runId }) => runId)).toEqual(runs.slice(0, 2))
    const second = await listRuns(db, { ...tenants.job, before: runs[1] ?? 0 })
    expect(second.map(({ runId }) => runId)).toEqual(runs.slice(2))
    expect(await listRuns(db, { tenantId, jobId: foreign.jobId })).toEqual([])
    expect(await readRunDetails(db, { tenantId, runId: foreign.runId })).toBeUndefined()
  })
})
