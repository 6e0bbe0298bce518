import type { Lease, Ledger, NewRaw, RunRef, StartRun } from '@millrace/core'
import { workerBeat } from '@millrace/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINE, OWNER, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/open-database.ts'
import { migrate } from '../migrations/migrate.ts'
import { deleteSettled } from './delete-settled.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { type LedgerTenants, ledgerTenants } from './testing/ledger-fixture.ts'

const MINUTE = 60_000
const START = Date.UTC(2025, 0, 1)
const UNTIL = new Date('2024-12-31T23:00:00.250Z')
const TRANSIENT = { code: 'HTTP_TIMEOUT', message: 'Failed to fetch: no answer.', transient: true } as const
const PERMANENT = { code: 'INVALID_BODY', message: 'Failed to read a body.', transient: false } as const

let db: Database
let ledger: Ledger
let tenants: LedgerTenants
let now: number
let statements: string[] = []

beforeAll(async () => {
  db = await openDatabase({
    pglite: { dataDir: 'memory://' },
    now: () => new Date(now),
    onStatement: (sql) => {
      statements.push(sql)
    },
  })
  now = START
  await migrate(db)
})
afterAll(() => db.close())
beforeEach(async () => {
  now = START
  tenants = await ledgerTenants(db)
  ledger = postgresLedger(db)
})

describe('the job of a run', () => {
  test('is RUNNING with the document of spec 002, and has the run’s id and start', async () => {
    const run = await start()
    expect(await readJob()).toMatchObject({
      overall: 'RUNNING',
      last_run_id: run.runId,
      last_run_started_at: new Date(START),
      status: {
        overall: 'RUNNING',
        revision: 1,
        steps: {
          issues: { order: 1, display_name: 'Issues', extraction: 'running', transform: 'idle', embedding: 'idle' },
        },
      },
    })
  })

  test('is due an interval after its start when the run finished, with a readable checkpoint', async () => {
    await start()
    await plan('A')
    now += 10 * MINUTE
    await done(await take('extract'), { watermark: { unitKey: 'A', until: UNTIL } })
    expect(await readJob()).toMatchObject({
      overall: 'FINISHED',
      last_run_finished_at: new Date(START + 10 * MINUTE),
      next_run_at: new Date(START + 60 * MINUTE),
      error_message: null,
      retry_count: 0,
      checkpoint_data: {
        last_sync_date: '2024-12-31T23:00:00.250Z',
        steps: { issues: { units: 1, oldest: '2024-12-31T23:00:00.250Z', newest: '2024-12-31T23:00:00.250Z' } },
      },
    })
  })

  test('is due soon after it failed with transient debt, says what failed, and counts the failures in a row', async () => {
    for (const failures of [1, 2]) {
      await start()
      const extract = failures === 1 ? await plan('A').then(() => take('extract')) : await take('extract')
      if (failures === 2) await done(await take('plan'))
      await commit(extract, { row: { to: 'dead', failure: TRANSIENT } })
      expect(await readJob()).toMatchObject({
        overall: 'FAILED',
        next_run_at: new Date(now + 5 * MINUTE),
        error_message: '1 dead rows. 1 × extract of issues (HTTP_TIMEOUT): Failed to fetch: no answer.',
        retry_count: failures,
      })
    }
    await start()
    await done(await take('extract'))
    await done(await take('plan'))
    expect(await readJob()).toMatchObject({ overall: 'FINISHED', error_message: null, retry_count: 0 })
  })

  test('keeps its interval when only permanent debt is left, which trying again would not cure', async () => {
    await start()
    await plan('A')
    await commit(await take('extract'), { row: { to: 'dead', failure: PERMANENT } })
    expect(await readJob()).toMatchObject({ overall: 'FAILED', next_run_at: new Date(START + 60 * MINUTE) })
  })

  test('is READY with idle stages after a cancellation, and keeps its checkpoint', async () => {
    const run = await start()
    await plan('A', 'B')
    await done(await take('extract'), { watermark: { unitKey: 'A', until: UNTIL } })
    await ledger.cancelRun(run)
    expect(await readJob()).toMatchObject({
      overall: 'READY',
      status: { overall: 'READY', steps: { issues: { extraction: 'idle' } } },
      checkpoint_data: { steps: { issues: { units: 1 } } },
    })
  })

  test('names a unit that was spawned in its checkpoint by the key of its own, without the window', async () => {
    const run = await start()
    const window = { since: null, until: new Date(START) }
    const [windowed, planned] = ['7 ../2025-01-01T00:00:00.000Z', '8 ../2025-01-01T00:00:00.000Z']
    const row = { step: 'issues', jobType: 'extract', window } as const
    const births = [
      { ...row, key: windowed, payload: { unit: { id: '7' }, spawned: true } },
      { ...row, key: planned, payload: { unit: { id: '8' } } },
    ]
    await done(await take('plan'), { births })
    await ledger.cancelRun(run)
    expect(await readJob()).toMatchObject({ checkpoint_data: { unfinished: [{ unit: '7' }, { unit: planned }] } })
  })

  test('is refused with the reason when it, or its integration, is inactive or missing', async () => {
    const refusal = async (change: string) => {
      await db.query(OWNER, change)
      return start().then(
        () => 'started',
        (error: Error) => error.message,
      )
    }
    expect(await refusal('UPDATE integrations SET active = false')).toMatch(/integration is inactive/)
    expect(await refusal('UPDATE etl_jobs SET integration_id = NULL')).toMatch(/no integration/)
    expect(await refusal('UPDATE etl_jobs SET active = false')).toMatch(/job is inactive/)
  })
})

describe('raw records', () => {
  test('are compressed, digested and measured, and told when they are processed', async () => {
    await start()
    await plan('A')
    await done(await take('extract'), { raw: raw('{"text":"', 'x'.repeat(10_000), '"}') })
    const [stored] = await readRaws()
    expect(stored).toMatchObject({
      type: 'issues',
      entity_type: 'issues',
      external_id: 'A',
      payload_size: 10_011,
      processing_status: 'pending',
      raw_data: null,
      extraction_metadata: { encoding: 'zstd', lengths: [9, 10_000, 2] },
    })
    expect(stored?.body_size).toBeLessThan(100)
    expect(stored?.digest_size).toBe(32)
    await done(await take('transform'))
    expect((await readRaws())[0]).toMatchObject({ processing_status: 'processed', processed_at: new Date(START) })
  })

  test('stay pending while their parts are tried apart, and are failed when a part is dead', async () => {
    await start()
    await plan('A')
    await done(await take('extract'), { raw: raw('{}') })
    const whole = await take('transform')
    const part = (item: number) => ({
      step: 'issues',
      jobType: 'transform' as const,
      payload: { raw_id: whole.payload.raw_id ?? null, items: [item] },
    })
    await done(whole, { births: [part(0), part(1)] })
    expect((await readRaws())[0]?.processing_status).toBe('pending')
    await commit(await take('transform'), { row: { to: 'dead', failure: PERMANENT } })
    await done(await take('transform'))
    expect((await readRaws())[0]?.processing_status).toBe('failed')
  })

  test('are kept as JSONB when the integration says so, and as bytes when they are no JSON', async () => {
    await db.query(OWNER, `UPDATE integrations SET settings = '{"raw_format": "jsonb"}'`)
    await start()
    await plan('A', 'B')
    await done(await take('extract'), { raw: raw('{"a":"\\u0000x"}', '[1]') })
    await done(await take('extract'), { raw: raw('<html>') })
    const [json, html] = await readRaws()
    expect(json).toMatchObject({ raw_data: [{ a: 'x' }, [1]], body_size: null })
    expect(html).toMatchObject({ raw_data: null })
    const lease = await take('transform')
    const stored = await ledger.readRaw(lease, Number(lease.payload.raw_id))
    expect(stored?.bodies.map((body) => Buffer.from(body).toString())).toEqual(['{"a":"x"}', '[1]'])
  })
})

describe('settled rows', () => {
  test('are deleted when their run is closed; debt stays', async () => {
    await start()
    await plan('A', 'B', 'C')
    await commit(await take('extract'), { row: { to: 'dead', failure: PERMANENT } })
    await done(await take('extract'))
    expect(await deleteSettled(db)).toBe(0)
    await done(await take('extract'))
    expect(await deleteSettled(db, { batch: 2 })).toBe(3)
    expect(await db.query(ENGINE, 'SELECT status FROM etl_job_queue')).toEqual([{ status: 'dead' }])
  })
})

describe('integration limits', () => {
  test('hold a blocked integration’s requests back, but not its transforms', async () => {
    await start()
    await plan('A', 'B')
    await done(await take('extract'), { raw: raw('{}') })
    await db.query(
      OWNER,
      `INSERT INTO integration_limits (integration_id, tenant_id, budget, blocked_until)
       SELECT id, tenant_id, 'extraction', $1 FROM integrations`,
      [new Date(START + MINUTE)],
    )
    expect((await claim('extract', 'transform')).map(({ jobType }) => jobType)).toEqual(['transform'])
    now += MINUTE
    expect(await claim('extract')).toHaveLength(1)
  })
})

describe('the sweeper', () => {
  test('lets a run go on that nobody let go on', async () => {
    const run = await start()
    const planning = await take('plan')
    await ledger.heartbeat(workerBeat('worker'))
    await db.query(ENGINE, `UPDATE etl_job_queue SET status = 'done' WHERE id = $1`, [planning.id])
    await db.query(ENGINE, `UPDATE etl_run_steps SET done = 1 WHERE stage = 'plan'`)
    const quiet = { released: 0, buried: 0, advanced: 0 }
    expect(await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })).toEqual({ ...quiet, advanced: 1 })
    expect(await ledger.run(run.runId)).toMatchObject({ state: 'finished' })
    expect(await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })).toEqual(quiet)
  })

  test('that is told to stop ends after the run that it is at, and the next one does the rest', async () => {
    const runs = [await start({ maxAttempts: 1 }), await start({ ...tenants.otherTenantJob, maxAttempts: 1 })]
    await take('plan', 'one')
    await take('plan', 'another')
    now += MINUTE
    const stopping = new AbortController()
    const heard = ledger.changes.subscribe(() => stopping.abort())
    const request = { staleAfterMs: MINUTE, ownerless: false, signal: stopping.signal }
    expect(await ledger.sweep(request)).toMatchObject({ buried: 1, advanced: 0 })
    heard.unsubscribe()
    const states = async () => Promise.all(runs.map(async ({ runId }) => (await ledger.run(runId))?.state))
    expect(await states()).toEqual(['failed', 'running'])
    expect(await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })).toMatchObject({ buried: 1 })
    expect(await states()).toEqual(['failed', 'failed'])
  })

  test('forgets workers that were not heard of for a day', async () => {
    await ledger.heartbeat(workerBeat('gone'))
    now += 24 * 60 * MINUTE + 1
    // After an outage of days, a worker that is gone is none whose row is missing.
    await ledger.sweep({ staleAfterMs: null, ownerless: false })
    expect(await db.query(ENGINE, 'SELECT id FROM workers')).toEqual([{ id: 'gone' }])
    await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })
    expect(await db.query(ENGINE, 'SELECT id FROM workers')).toEqual([])
  })
})

describe('round trips', () => {
  test('a page is committed in six: begin, fence, raw, counters, commit, and one for what it spawned', async () => {
    await start()
    await plan('A', 'B')
    let lease = await take('extract')
    for (const cursor of [1, 2]) {
      await commit(lease, { row: { to: 'leased', cursor }, raw: raw('{}') })
      lease = { ...lease, cursorSeq: cursor }
    }
    statements = []
    const births = [{ step: 'issues', jobType: 'extract', payload: {}, key: 'C' }] as const
    await commit(lease, { row: { to: 'leased', cursor: 3 }, raw: raw('{}'), births, totals: { apiCalls: 1 } })
    expect(statements).toHaveLength(6)
  })
})

const start = (more: Partial<StartRun> = {}): Promise<RunRef> =>
  ledger.startRun({
    ...tenants.job,
    graph: { steps: [{ name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }] },
    mode: 'incremental',
    options: {},
    ...more,
  })

const claim = (...jobTypes: Lease['jobType'][]): Promise<readonly Lease[]> =>
  ledger.claim({ workerId: 'worker', jobTypes, limit: 10, leaseMs: MINUTE })

async function take(jobType: Lease['jobType'], workerId = 'worker'): Promise<Lease> {
  const [lease] = await ledger.claim({ workerId, jobTypes: [jobType], limit: 1, leaseMs: MINUTE })
  if (!lease) throw new Error(`no ${jobType} row is due`)
  return lease
}

async function commit(lease: Lease, work: Parameters<Ledger['commit']>[1]): Promise<void> {
  expect(await ledger.commit(lease, work)).toBe('committed')
}

const done = (lease: Lease, more: Omit<Parameters<Ledger['commit']>[1], 'row'> = {}): Promise<void> =>
  commit(lease, { ...more, row: { to: 'done' } })

async function plan(...keys: string[]): Promise<void> {
  const births = keys.map((key) => ({ step: 'issues', jobType: 'extract', payload: { unit: key }, key }) as const)
  await done(await take('plan'), { births })
}

function raw(...bodies: string[]): NewRaw {
  return {
    sourceSeq: 1,
    bodies: bodies.map((body) => Buffer.from(body)),
    connectorVersion: '1.2.3',
    transformVersion: 4,
    externalId: 'A',
    unit: {},
    fullSync: false,
  }
}

async function readJob() {
  const [job] = await db.query(ENGINE, 'SELECT * FROM etl_jobs WHERE id = $1', [tenants.job.jobId])
  return job
}

function readRaws() {
  return db.query<{
    readonly processing_status: string
    readonly body_size: number | null
    readonly digest_size: number
  }>(
    tenant(tenants.job.tenantId),
    `SELECT *, octet_length(raw_body) AS body_size, octet_length(sha256) AS digest_size
       FROM raw_extraction_data ORDER BY id`,
  )
}
