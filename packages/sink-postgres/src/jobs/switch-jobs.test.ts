import type { Ledger, LedgerChange, RunRef } from '@millrace/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tenant } from '../database/access.ts'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { readRunDetails } from '../ledger/run-history.ts'
import { type LedgerTenants, ledgerTenants } from '../ledger/testing/ledger-fixture.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { listJobs } from './job-states.ts'
import { createJob, updateJob } from './jobs.ts'
import { resetJob, setIntegrationActive, setJobActive } from './switch-jobs.ts'

const MINUTE = 60_000
const START = Date.UTC(2025, 0, 1)
const CONNECTORS = ['tracker']
const GRAPH = { steps: [{ name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }] }

describe.each(scratchKinds(process.env.DATABASE_URL))('switching jobs on $name', (kind) => {
  let db: ScratchDatabase
  let ledger: Ledger
  let tenants: LedgerTenants
  let now = START
  beforeAll(async () => {
    db = await kind.open({ now: () => new Date(now) })
    await migrate(db)
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    now = START
    tenants = await ledgerTenants(db)
    ledger = postgresLedger(db)
  })

  const start = (): Promise<RunRef> =>
    ledger.startRun({ ...tenants.job, graph: GRAPH, mode: 'incremental', options: {} })
  const take = async () => {
    const request = { workerId: 'w', jobTypes: ['plan', 'extract', 'transform'], limit: 1, leaseMs: MINUTE } as const
    const [lease] = await ledger.claim(request)
    if (!lease) throw new Error('nothing is due')
    return lease
  }
  const look = async () => {
    const [job] = await listJobs(db, tenants.job)
    if (!job) throw new Error('the job is gone')
    return job
  }
  const integrationId = async (): Promise<number> => (await look()).integrationId ?? 0
  /** The status changes that the ledger announces meanwhile. */
  const heardDuring = async (work: () => Promise<unknown>): Promise<readonly number[]> => {
    const heard: LedgerChange[] = []
    const subscription = ledger.changes.subscribe((change) => heard.push(change))
    await work()
    subscription.unsubscribe()
    return heard.flatMap((change) => (change.kind === 'status' ? [change.runId] : []))
  }

  test('deactivating a job in mid-run cancels its run: nothing more is committed, the job is READY and not due', async () => {
    const run = await start()
    const lease = await take()
    const heard = await heardDuring(() => setJobActive(db, { ...tenants.job, active: false, connectors: [] }))
    expect(heard).toContain(run.runId)
    expect(await ledger.commit(lease, { row: { to: 'done' } })).toBe('fenced')
    expect((await ledger.run(run.runId))?.state).toBe('cancelled')
    expect(await look()).toMatchObject({ active: false, overall: 'READY', nextRunAt: null, retryCount: 0 })
    await expect(start()).rejects.toMatchObject({ context: { reason: 'inactive' } })
  })

  test('activating a job makes it due, and is refused without its connector', async () => {
    await setJobActive(db, { ...tenants.job, active: false, connectors: CONNECTORS })
    const refused = setJobActive(db, { ...tenants.job, active: true, connectors: ['jira'] })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await expect(refused).rejects.toThrow('no connector tracker is registered')
    expect((await look()).active).toBe(false)
    now += MINUTE
    expect(await setJobActive(db, { ...tenants.job, active: true, connectors: CONNECTORS })).toBe(true)
    expect(await look()).toMatchObject({ active: true, nextRunAt: new Date(START + MINUTE) })
  })

  test('deactivating an integration cancels the runs of its jobs; activating it makes them due', async () => {
    const run = await start()
    const options = { tenantId: tenants.job.tenantId, integrationId: await integrationId() }
    expect(await heardDuring(() => setIntegrationActive(db, { ...options, active: false }))).toContain(run.runId)
    expect((await ledger.run(run.runId))?.state).toBe('cancelled')
    await expect(start()).rejects.toMatchObject({ context: { reason: 'integration-inactive' } })
    now += MINUTE
    await setIntegrationActive(db, { ...options, active: true })
    expect(await look()).toMatchObject({ nextRunAt: new Date(START + MINUTE) })
    await start()
  })

  test('switching on what is on leaves the schedule as it is', async () => {
    await start()
    await ledger.commit(await take(), { row: { to: 'done' } })
    now += MINUTE
    await setJobActive(db, { ...tenants.job, active: true, connectors: CONNECTORS })
    const options = { tenantId: tenants.job.tenantId, integrationId: await integrationId(), active: true }
    await setIntegrationActive(db, options)
    expect((await look()).nextRunAt).toEqual(new Date(START + 60 * MINUTE))
  })

  test('of another tenant nothing is switched or reset', async () => {
    const run = await start()
    const foreign = { ...tenants.job, tenantId: tenants.otherTenantJob.tenantId }
    expect(await setJobActive(db, { ...foreign, active: false, connectors: [] })).toBe(false)
    const options = { tenantId: foreign.tenantId, integrationId: await integrationId(), active: false }
    expect(await setIntegrationActive(db, options)).toBe(false)
    expect(await resetJob(db, foreign)).toBe(false)
    expect((await ledger.run(run.runId))?.state).toBe('running')
    expect(await listJobs(db, foreign)).toEqual([])
    expect(await readRunDetails(db, { ...run, tenantId: foreign.tenantId })).toBeUndefined()
  })

  test('resetting a job that runs cancels the run, and keeps what it got so far', async () => {
    const run = await start()
    const until = new Date(START)
    await ledger.commit(await take(), {
      row: { to: 'done' },
      births: ['A', 'B'].map((key) => ({ step: 'issues', jobType: 'extract', payload: { unit: key }, key })),
    })
    await ledger.commit(await take(), { row: { to: 'done' }, watermark: { unitKey: 'A', until } })
    const second = await take()
    await ledger.commit(second, { row: { to: 'leased', cursor: { last_item_cursor: 'x7' } } })
    expect(await resetJob(db, tenants.job)).toBe(true)
    expect((await ledger.run(run.runId))?.state).toBe('cancelled')
    const job = await look()
    expect(job).toMatchObject({ overall: 'READY', retryCount: 0, errorMessage: null })
    expect(job.status.steps.issues).toMatchObject({ extraction: 'idle', transform: 'idle', embedding: 'idle' })
    expect(job.checkpoint).toMatchObject({
      last_sync_date: until.toISOString(),
      steps: { issues: { units: 1 } },
      unfinished: [{ step: 'issues', unit: 'B', cursor: { last_item_cursor: 'x7' } }],
    })
    const next = await start()
    expect((await ledger.run(next.runId))?.counters.find(({ stage }) => stage === 'extraction')?.planned).toBe(1)
  })

  test('resetting a job that failed forgets the failures, and tells whoever looks', async () => {
    const run = await start()
    const failure = { code: 'HTTP_TIMEOUT', message: 'Failed to fetch.', transient: true } as const
    await ledger.commit(await take(), { row: { to: 'dead', failure } })
    const failed = await look()
    expect(failed).toMatchObject({ overall: 'FAILED', retryCount: 1, nextRunAt: new Date(START + 5 * MINUTE) })
    expect(await heardDuring(() => resetJob(db, tenants.job))).toContain(run.runId)
    const job = await look()
    expect(job).toMatchObject({ overall: 'READY', retryCount: 0, errorMessage: null })
    expect(job.nextRunAt).toEqual(new Date(START + 60 * MINUTE))
    expect(job.status.revision).toBeGreaterThan(failed.status.revision)
  })

  test('failures in a row are counted until a run finishes; a cancelled run is neither', async () => {
    const failure = { code: 'INVALID_BODY', message: 'Failed to read.', transient: false } as const
    for (const count of [1, 2]) {
      await start()
      await ledger.commit(await take(), { row: { to: 'dead', failure } })
      expect((await look()).retryCount).toBe(count)
    }
    await ledger.cancelRun(await start())
    expect((await look()).retryCount).toBe(2)
    await start()
    await ledger.commit(await take(), { row: { to: 'done' } })
    expect((await look()).retryCount).toBe(0)
  })

  test('a new interval counts from the last start, and a retry that is near stays near', async () => {
    await start()
    await ledger.commit(await take(), { row: { to: 'done' } })
    await updateJob(db, { ...tenants.job, changes: { scheduleIntervalMinutes: 120 } })
    expect((await look()).nextRunAt).toEqual(new Date(START + 120 * MINUTE))
    await start()
    const failure = { code: 'HTTP_TIMEOUT', message: 'Failed to fetch.', transient: true } as const
    await ledger.commit(await take(), { row: { to: 'dead', failure } })
    await updateJob(db, { ...tenants.job, changes: { scheduleIntervalMinutes: 240 } })
    expect((await look()).nextRunAt).toEqual(new Date(START + 5 * MINUTE))
  })

  test('settings that cannot be are refused by name', async () => {
    const wrong = [
      [{ retryIntervalMinutes: 60 }, 'less than the interval of its schedule'],
      [{ retryIntervalMinutes: 0 }, 'retryIntervalMinutes'],
      [{ scheduleIntervalMinutes: 525_601 }, 'scheduleIntervalMinutes'],
      [{ scheduleIntervalMinutes: 1.5 }, 'scheduleIntervalMinutes'],
      [{ name: ' ' }, 'name'],
      [{ connector: 'No Such' }, 'connector'],
    ] as const
    for (const [changes, words] of wrong) {
      const refused = updateJob(db, { ...tenants.job, changes })
      await expect(refused, words).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
      await expect(refused).rejects.toThrow(words)
    }
    const job = { tenantId: tenants.job.tenantId, name: 'New', connector: 'tracker', integrationId: null }
    await expect(createJob(db, { ...job, scheduleIntervalMinutes: -1 })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
  })

  test('a job without an integration is not due, and is when it gets one', async () => {
    const id = await integrationId()
    const jobId = await createJob(db, {
      tenantId: tenants.job.tenantId,
      name: 'New',
      connector: 'tracker',
      integrationId: null,
    })
    const mine = { tenantId: tenants.job.tenantId, jobId }
    expect((await listJobs(db, mine))[0]?.nextRunAt).toBeNull()
    await updateJob(db, { ...mine, changes: { integrationId: id } })
    expect((await listJobs(db, mine))[0]?.nextRunAt).toEqual(new Date(START))
    await db.query(tenant(mine.tenantId), 'DELETE FROM etl_jobs WHERE id = $1', [jobId])
  })
})
