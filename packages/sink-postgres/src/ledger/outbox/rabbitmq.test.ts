import { randomBytes } from 'node:crypto'
import {
  type Broker,
  brokerTransport,
  createRuntime,
  defineConnector,
  defineEntity,
  type FailedMessage,
  failedMessageSchema,
  type JobType,
  ledgerTransport,
  messageOfRow,
  outboxQueueName,
  silentLogger,
  systemClock,
  systemRandom,
  type Transport,
} from '@millrace/core'
import { type AmqpBroker, amqpBroker } from '@millrace/core/amqp'
import { filter, firstValueFrom } from 'rxjs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../../database/access.ts'
import { postgresJobStore } from '../../jobs/postgres-job-store.ts'
import { secretsFromKey } from '../../jobs/secrets.ts'
import { postgresLoader } from '../../loader/postgres-loader.ts'
import { migrate } from '../../migrations/migrate.ts'
import { type ScratchDatabase, scratchServer } from '../../testing/scratch-database.ts'
import { postgresLedger } from '../postgres-ledger.ts'
import { postgresOutbox } from '../postgres-outbox.ts'
import { type LedgerTenants, ledgerTenants } from '../testing/ledger-fixture.ts'
import { page } from '../testing/two-programs.ts'

const { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl } = process.env
const PROJECTS = ['A', 'B', 'C', 'D', 'E']
const PAGES = 4

const issues = defineEntity({
  name: 'rabbit_issues',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string() }),
})

const tracker = defineConnector({
  name: 'tracker',
  entities: [issues],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'tracker_issues',
      unit: z.object({ project: z.string() }),
      cursor: z.number(),
      body: z.array(issues.columns),
      units: () => PROJECTS.map((project) => ({ project })),
      async *extract({ unit, from = 1 }, ctx) {
        for (let page = from; page <= PAGES; page++) {
          const response = await ctx.fetch(`http://localhost/${unit.project}/${page}`)
          yield { body: await response.text(), next: page === PAGES ? null : page + 1 }
        }
      },
      *transform({ body }) {
        for (const issue of body) yield issues.upsert(issue)
      },
    }),
  ],
})

const fetch = (async (url: URL | string) => {
  const [, project, page] = new URL(String(url)).pathname.split('/')
  return Response.json(['x', 'y'].map((name) => ({ id: `${project}${page}${name}`, title: `${project} ${page}` })))
}) as typeof globalThis.fetch

describe.skipIf(!databaseUrl || !amqpUrl)('runs over RabbitMQ on a PostgreSQL server (DATABASE_URL, AMQP_URL)', () => {
  let db: ScratchDatabase
  let broker: AmqpBroker
  let tenants: LedgerTenants
  const statements: string[] = []

  beforeAll(async () => {
    db = await scratchServer(databaseUrl ?? '').open({ onStatement: (sql) => void statements.push(sql) })
    await migrate(db)
    await postgresLoader(db).prepare([issues])
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    tenants = await ledgerTenants(db, [issues])
    broker = amqpBroker({ url: amqpUrl ?? '', prefix: `test-${randomBytes(4).toString('hex')}.`, delayMs: 500 })
    await broker.ready(60_000)
  })
  afterEach(async () => {
    await broker.close()
    await broker.remove()
  })

  const overBroker = (through: Broker = broker): Transport =>
    brokerTransport({
      broker: through,
      ledger: postgresLedger(db),
      outbox: postgresOutbox(db),
      sweepMs: 300,
      republishAfterMs: 2_000,
      republishEmptyAfterMs: 500,
    })
  const runtimeWith = (transport: Transport) =>
    createRuntime({
      // Every stage shall be delivered.
      transformAtOnce: false,
      connectors: [tracker],
      ledger: postgresLedger(db),
      jobStore: postgresJobStore(db, { secrets: secretsFromKey({ id: 'test', key: randomBytes(32) }) }),
      loader: postgresLoader(db),
      transport,
      fetch,
    })
  /** Runs the first tenant's job to its end, in two processes, and gives what is loaded then. */
  const runOver = async (transport: () => Transport): Promise<unknown> => {
    const runtimes = [runtimeWith(transport()), runtimeWith(transport())] as const
    const [first] = runtimes
    for (const runtime of runtimes) await runtime.start()
    const run = await first.startRun(tenants.job)
    const ended = await firstValueFrom(first.events(run).pipe(filter((event) => event.type === 'run-finished')))
    for (const runtime of runtimes) await runtime.stop()
    const rows = await db.query(
      tenant(tenants.job.tenantId),
      'SELECT external_id, title FROM rabbit_issues WHERE active ORDER BY external_id',
    )
    const { state, counters } = ended.summary
    return { state, counters, rows }
  }

  test('a run ends as it does without a broker', async () => {
    const overLedger = () =>
      ledgerTransport({ ledger: postgresLedger(db), clock: systemClock, random: systemRandom, log: silentLogger })
    const expected = await runOver(overLedger)
    tenants = await ledgerTenants(db, [issues])
    expect(await runOver(() => overBroker())).toEqual(expected)
    expect(expected).toMatchObject({ state: 'finished', rows: { length: PROJECTS.length * PAGES * 2 } })
  })

  test('queues that are purged and deleted in the middle of a run, and messages that come twice, change nothing', async () => {
    let published = 0
    const troubled: Broker = {
      ...broker,
      publish: async (messages) => {
        published += 1
        const report = await broker.publish([...messages, ...messages])
        if (published % 3 === 1) await broker.remove()
        return { failed: report.failed.filter((position) => position < messages.length) }
      },
    }
    expect(await runOver(() => overBroker(troubled))).toMatchObject({
      state: 'finished',
      rows: { length: PROJECTS.length * PAGES * 2 },
    })
    expect(published).toBeGreaterThan(3)
  }, 300_000)

  test('forged messages of each kind end in etl.failed, and nobody reads the other tenant’s row', async () => {
    const ledger = postgresLedger(db)
    const graph = {
      steps: [{ name: 'tracker_issues', displayName: 'Issues', order: 1, after: [], spawns: [] }],
    }
    const mine = await ledger.startRun({ ...tenants.job, graph, mode: 'incremental', options: {} })
    const theirs = await ledger.startRun({ ...tenants.otherTenantJob, graph, mode: 'incremental', options: {} })
    // One row of each kind and tenant: what messages name, truly or falsely.
    const claim = (jobTypes: readonly JobType[]) => ledger.claim({ workerId: 'w', jobTypes, limit: 9, leaseMs: 60_000 })
    const unit = { step: 'tracker_issues', jobType: 'extract', payload: { unit: { project: 'A' } } } as const
    for (const lease of await claim(['plan'])) {
      const births = [unit, { ...unit, payload: { unit: { project: 'B' } } }]
      await ledger.commit(lease, { row: { to: 'leased' }, births })
      await ledger.commit({ ...lease, cursorSeq: 1 }, { row: { to: 'pending', delayMs: 0, refund: true } })
    }
    const embed = {
      step: 'tracker_issues',
      jobType: 'embed',
      payload: { entity: 'rabbit_issues', keys: ['k'] },
    } as const
    const seen = new Set<number>()
    for (const lease of await claim(['extract'])) {
      const again = seen.has(lease.tenantId)
      seen.add(lease.tenantId)
      if (again) await ledger.commit(lease, { row: { to: 'pending', delayMs: 0, refund: true } })
      else await ledger.commit(lease, { row: { to: 'done' }, raw: page(), births: [embed] })
    }
    const outbox = postgresOutbox(db)
    const rows = (
      await Promise.all(
        [
          { jobType: 'plan', tier: null } as const,
          ...(['extract', 'transform', 'embed'] as const).map((jobType) => ({ jobType, tier: 'free' as const })),
        ].map((queue) => outbox.take({ queue, window: 99, limit: 99 })),
      )
    ).flatMap((taken) => taken.rows)
    const [own, foreign] = [mine, theirs].map((run) => rows.filter((row) => row.runId === run.runId))
    expect([own?.length, foreign?.length]).toEqual([4, 4])

    const forgeries = (own ?? []).flatMap((row) => {
      const other = foreign?.find(({ jobType }) => jobType === row.jobType)
      if (!other) throw new Error('no such row')
      const truth = messageOfRow(row)
      const lies: object[] = [
        { tenant_id: other.tenantId },
        { queue_id: other.id },
        { run_id: other.runId },
        { tenant_id: other.tenantId, run_id: other.runId },
        ...(row.jobType === 'transform' ? [{ raw_data_id: other.payload.raw_id }] : []),
        FALSE_TYPES[row.jobType],
      ]
      return lies.map((lie) => ({
        queue: outboxQueueName({ jobType: row.jobType, tier: 'free' }),
        body: { ...truth, ...lie },
      }))
    })
    expect(forgeries).toHaveLength(21)
    const failed: FailedMessage[] = []
    const watching = broker.consume('etl.failed', { prefetch: 100 }).subscribe((arrival) => {
      failed.push(failedMessageSchema.parse(JSON.parse(new TextDecoder().decode(arrival.body))))
      arrival.ack()
    })
    const before = await snapshotOf(theirs.tenantId)
    const messages = forgeries.map(({ queue, body }) => ({ queue, id: 'forged', body: encode(body) }))
    expect(await broker.publish(messages)).toEqual({ failed: [] })

    statements.length = 0
    const delivered: number[] = []
    const jobTypes = ['plan', 'extract', 'transform', 'embed'] as const
    // One after the other: two that claim one row at once would take each other for duplicates.
    const consuming = overBroker()
      .deliveries({ workerId: 'consumer', jobTypes, prefetch: 1, leaseMs: 60_000 })
      .subscribe(({ lease }) => delivered.push(lease.id))
    await expect.poll(() => failed.length).toBe(forgeries.length)
    consuming.unsubscribe()
    watching.unsubscribe()

    expect(delivered).toEqual([])
    const reasons = failed.map(({ error }) => /: (.*)\. Nothing is lost/.exec(error)?.[1])
    const disagreements = ['raw_data_id', ...Object.values(FALSE_TYPES).flatMap(Object.keys)]
    expect(new Set(reasons)).toEqual(
      new Set([
        'its tenant has no such row of such a run',
        ...disagreements.map((field) => `it disagrees with its ledger row in ${field}`),
      ]),
    )
    expect(await snapshotOf(theirs.tenantId), 'nothing of the other tenant changed').toEqual(before)
    // Every statement on a row ran with the rights and the eyes of the tenant that the message names, for which rows of
    // others do not exist; the engine, which sees all rows, only told others that work is due.
    const logged = (pattern: RegExp): number => statements.filter((sql) => pattern.test(sql)).length
    expect(logged(/SET LOCAL ROLE millrace_app/)).toBeGreaterThan(forgeries.length)
    expect(logged(/SET LOCAL ROLE millrace_engine/)).toBe(logged(/pg_notify/))
  }, 300_000)

  const snapshotOf = (tenantId: number): Promise<unknown[]> =>
    db.query(tenant(tenantId), 'SELECT id, status, attempts, lease_token, published_at FROM etl_job_queue ORDER BY id')
})

/** What each kind of message calls its work, and what no row is. */
const FALSE_TYPES = {
  plan: { job_type: 'other_sync' },
  extract: { type: 'other_issues_fetch' },
  transform: { type: 'other_issues' },
  embed: { table_name: 'other_issues' },
} as const satisfies Record<JobType, object>

const encode = (body: object): Uint8Array => new TextEncoder().encode(JSON.stringify(body))
