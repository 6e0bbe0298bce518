import type { Lease } from '@millrace/core'
import { workerBeat } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINE } from '../database/access.ts'
import { setJobActive } from '../jobs/switch-jobs.ts'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { ledgerTenants } from '../ledger/testing/ledger-fixture.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { listWorkers } from '../workers/workers.ts'
import { ledgerHealth } from './ledger-health.ts'

const STEP = { name: 'issues', displayName: 'issues', order: 1, after: [], spawns: [] }

describe.each(scratchKinds(process.env.DATABASE_URL))('the health of queues on $name', (kind) => {
  let db: ScratchDatabase
  let now = Date.UTC(2025, 0, 1)

  beforeAll(async () => {
    db = await kind.open({ now: () => new Date(now) })
    await migrate(db)
  })
  afterAll(() => db.close())

  test('says what waits, what waits for its time, what is worked on, what failed, and who works', async () => {
    const { job, otherTenantJob } = await ledgerTenants(db)
    const ledger = postgresLedger(db)
    await ledger.heartbeat(workerBeat('silent', { roles: ['extract'] }))
    now += 30_000
    await ledger.heartbeat(
      workerBeat('alive', { roles: ['extract', 'transform'], atWork: 1, capacity: 6, peakRssBytes: 5_000_000_000 }),
    )
    const take = async (): Promise<Lease> => {
      const request = { workerId: 'alive', jobTypes: ['plan', 'extract'], limit: 1, leaseMs: 60_000 } as const
      const [lease] = await ledger.claim(request)
      if (!lease) throw new Error('Nothing is due.')
      return lease
    }
    await ledger.startRun({ ...job, graph: { steps: [STEP] }, mode: 'incremental', options: {} })
    const births = ['A', 'B', 'C', 'D'].map((key) => ({
      step: 'issues',
      jobType: 'extract' as const,
      payload: { unit: key },
      key,
    }))
    await ledger.commit(await take(), { row: { to: 'done' }, births })
    await ledger.commit(await take(), { row: { to: 'pending', delayMs: 60_000, refund: true } })
    const failure = { code: 'HTTP_STATUS', message: 'Failed to fetch.', transient: false } as const
    await ledger.commit(await take(), { row: { to: 'dead', failure } })
    await take()
    now += 5_000

    const health = await ledgerHealth(db)
    const none = { messages: 0, delayed: 0, unacknowledged: 0, oldest_age_seconds: 0 }
    expect(health).toEqual({
      job_queue: { messages: 1, delayed: 1, unacknowledged: 1, consumers: 1, oldest_age_seconds: 5 },
      transform_queue: { ...none, consumers: 1 },
      vectorization_queue: { ...none, consumers: 0 },
      dead_letter_queue: { messages: 1, oldest_age_seconds: 5 },
      worker_status: { alive: 1, silent: 1, at_work: 1, capacity: 6, peak_memory_bytes: 5_000_000_000 },
      schedule_lag_seconds: 0,
    })
    const others = await ledgerHealth(db, { tenantId: otherTenantJob.tenantId })
    expect(others.job_queue).toMatchObject(none)
    expect(others.dead_letter_queue.messages).toBe(0)
    await setJobActive(db, { ...otherTenantJob, active: false, connectors: ['tracker'] })
    await setJobActive(db, { ...otherTenantJob, active: true, connectors: ['tracker'] })
    now += 90_000
    expect((await ledgerHealth(db)).schedule_lag_seconds).toBe(90)
    expect(others.worker_status).toEqual(health.worker_status)
  })

  test('a worker is gone when the most impatient one takes it for gone, without anybody being told how patient that is', async () => {
    await db.query(ENGINE, 'DELETE FROM workers')
    const ledger = postgresLedger(db)
    const stateOf = async () => (await listWorkers(db)).find(({ id }) => id === 'silent')?.state
    await ledger.heartbeat(workerBeat('silent', { staleAfterMs: 60_000 }))
    now += 25_000
    await ledger.heartbeat(workerBeat('patient', { staleAfterMs: 60_000 }))
    expect(await stateOf()).toBe('working')
    expect((await ledgerHealth(db)).worker_status).toMatchObject({ alive: 2, silent: 0 })
    await ledger.heartbeat(workerBeat('impatient', { staleAfterMs: 24_000 }))
    expect(await stateOf()).toBe('gone')
    expect((await ledgerHealth(db)).worker_status).toMatchObject({ alive: 2, silent: 1 })
  })
})
