import { randomBytes } from 'node:crypto'
import {
  brokerTransport,
  type Clock,
  createRuntime,
  defineConnector,
  defineEntity,
  outboxQueueName,
  type Runtime,
  systemClock,
} from '@millrace/core'
import { type AmqpBroker, amqpBroker } from '@millrace/core/amqp'
import { filter, firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { postgresBudget } from '../../budget/postgres-budget.ts'
import { ENGINE, OWNER } from '../../database/access.ts'
import { postgresJobStore } from '../../jobs/postgres-job-store.ts'
import { secretsFromKey } from '../../jobs/secrets.ts'
import { postgresLoader } from '../../loader/postgres-loader.ts'
import { migrate } from '../../migrations/migrate.ts'
import { type ScratchDatabase, scratchServer } from '../../testing/scratch-database.ts'
import { postgresLedger } from '../postgres-ledger.ts'
import { postgresOutbox } from '../postgres-outbox.ts'
import { ledgerTenants } from '../testing/ledger-fixture.ts'

const { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl } = process.env
const HOUR = 3_600_000
const UNITS = ['A', 'B', 'C']

const issues = defineEntity({ name: 'waiting_issues', key: 'id', columns: z.object({ id: z.string() }) })

const tracker = defineConnector({
  name: 'tracker',
  entities: [issues],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'tracker_issues',
      unit: z.object({ project: z.string() }),
      body: issues.columns,
      units: () => UNITS.map((project) => ({ project })),
      async *extract({ unit }, ctx) {
        const response = await ctx.fetch(`http://localhost/${unit.project}`)
        yield { body: await response.text(), next: null }
      },
      *transform({ body }) {
        yield issues.upsert(body)
      },
    }),
  ],
})

const QUEUES = [
  outboxQueueName({ jobType: 'plan', tier: null }),
  ...(['extract', 'transform', 'embed'] as const).map((jobType) => outboxQueueName({ jobType, tier: 'free' })),
]

describe.skipIf(!databaseUrl || !amqpUrl)(
  'a unit that its provider makes wait, over RabbitMQ (DATABASE_URL, AMQP_URL)',
  () => {
    let db: ScratchDatabase
    /** The whole system's clocks are set forward instead of waiting: that of the database, and those of its processes. */
    let laterMs = 0
    const prefix = `test-${randomBytes(4).toString('hex')}.`
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + laterMs }
    let refusing = true
    let asked = 0
    const fetch = (async (url: URL | string) => {
      asked += 1
      if (refusing) return new Response('', { status: 429, headers: { 'retry-after': String(HOUR / 1_000) } })
      return Response.json({ id: new URL(String(url)).pathname.slice(1) })
    }) as typeof globalThis.fetch

    beforeAll(async () => {
      db = await scratchServer(databaseUrl ?? '').open({ now: () => new Date(clock.now()) })
      await migrate(db)
      await postgresLoader(db).prepare([issues])
    })
    afterAll(() => db.close())

    const openBroker = (): AmqpBroker => amqpBroker({ url: amqpUrl ?? '', prefix, delayMs: 500 })
    const processWith = (broker: AmqpBroker): Runtime =>
      createRuntime({
        connectors: [tracker],
        ledger: postgresLedger(db),
        jobStore: postgresJobStore(db, { secrets: secretsFromKey({ id: 'test', key: randomBytes(32) }) }),
        loader: postgresLoader(db),
        budget: postgresBudget(db),
        transport: brokerTransport({
          broker,
          ledger: postgresLedger(db),
          outbox: postgresOutbox(db),
          sweepMs: 300,
          republishAfterMs: 2_000,
          republishEmptyAfterMs: 500,
        }),
        clock,
        fetch,
      })
    const count = async (sql: string): Promise<number> => {
      const [row] = await db.query<{ count: number }>(OWNER, sql)
      return Number(row?.count)
    }
    const leased = () => count(`SELECT count(*) AS count FROM etl_job_queue WHERE status = 'leased'`)
    const refused = () => count(`SELECT count(*) AS count FROM etl_job_queue WHERE error_code = 'RATE_LIMITED'`)
    const queued = async (broker: AmqpBroker): Promise<number> => {
      const depths = await broker.depths(QUEUES)
      return depths.values().reduce((sum, { messages }) => sum + messages, 0)
    }

    test('holds for an hour no message, no lease and no connection, and goes on when the hour is over', {
      timeout: 300_000,
    }, async () => {
      const tenants = await ledgerTenants(db, [issues])
      const broker = openBroker()
      await broker.ready(60_000)
      const working = processWith(broker)
      await working.start()
      const run = await working.startRun(tenants.job)
      await expect.poll(refused).toBeGreaterThan(0)
      await expect.poll(leased).toBe(0)
      const askedByThen = asked
      // Half of the hour later it is no different.
      laterMs = HOUR / 2
      await systemClock.sleep(3_000)
      expect(asked, 'nobody asks the provider meanwhile').toBe(askedByThen)
      expect(await leased()).toBe(0)
      await expect.poll(() => queued(broker)).toBe(0)
      const rows = await db.query<{ attempts: number; token: boolean; published: boolean; minutes: number }>(
        ENGINE,
        `SELECT attempts, published_at IS NOT NULL AS published,
          round(extract(epoch FROM scheduled_at - millrace_now()) / 60)::integer AS minutes
        FROM etl_job_queue WHERE error_code = 'RATE_LIMITED'`,
      )
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) expect(row).toEqual({ attempts: 0, published: false, minutes: 30 })
      const holders = `
      SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start < now() - interval '1 second'`
      await expect.poll(() => count(holders), { message: 'no connection is in a transaction' }).toBe(0)

      // A message that a consumer had not acknowledged would come back to its queue now.
      await working.stop()
      await broker.close()
      const observer = openBroker()
      await observer.ready(60_000)
      await systemClock.sleep(1_000)
      expect(await queued(observer)).toBe(0)

      refusing = false
      laterMs = HOUR + 60_000
      const next = processWith(observer)
      await next.start()
      const ended = await firstValueFrom(next.events(run).pipe(filter((event) => event.type === 'run-finished')))
      expect(ended.summary.state).toBe('finished')
      expect(await count('SELECT count(*) AS count FROM waiting_issues')).toBe(UNITS.length)
      await next.stop()
      await observer.close()
      await observer.remove()
    })
  },
)
