import { setTimeout as sleep } from 'node:timers/promises'
import { type Arrival, brokerTransport, memoryJobStore, memoryLedger, systemClock } from '@millrace/core'
import { amqpBroker } from '@millrace/core/amqp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type BreakableRabbitmq,
  findRabbitmqFolder,
  startBreakableRabbitmq,
} from '../../scripts/services/private-rabbitmq.ts'

const programs = findRabbitmqFolder()
const QUEUE = 'extraction_queue_free'
const CONSUMER_TIMEOUT_MS = 2_000
const ONE_STEP = { steps: [{ name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }] }
const UNITS = 40

const message = (body: string) => ({ queue: QUEUE, id: body, body: new TextEncoder().encode(body) })
const text = ({ body }: Arrival): string => new TextDecoder().decode(body)

/** These tests kill a broker, so they start one of their own. */
describe.skipIf(!programs)('a RabbitMQ that is killed', () => {
  let server: BreakableRabbitmq

  beforeAll(async () => {
    const settings = [`{consumer_timeout, ${CONSUMER_TIMEOUT_MS}}`, '{channel_tick_interval, 500}']
    server = await startBreakableRabbitmq(programs ?? '', settings)
  })
  afterAll(() => server?.stop())

  test('is waited for: publishers fail meanwhile, and consumers go on where they were', async () => {
    const broker = amqpBroker({ url: server.url })
    await broker.ready(60_000)
    const seen: string[] = []
    const consumer = broker.consume(QUEUE, { prefetch: 10 }).subscribe((arrival) => {
      seen.push(text(arrival))
      arrival.ack()
    })
    expect(await broker.publish([message('before')])).toEqual({ failed: [] })
    await expect.poll(() => seen).toEqual(['before'])
    await server.kill()
    await vi.waitFor(
      () => expect(broker.publish([message('lost')])).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' }),
      60_000,
    )
    await server.start()
    await broker.ready(120_000)
    await vi.waitFor(async () => expect(await broker.publish([message('after')])).toEqual({ failed: [] }), 60_000)
    await expect.poll(() => seen).toContain('after')
    consumer.unsubscribe()
    await broker.close()
  }, 300_000)

  test('cuts off a consumer that holds a message for too long, which consumes again', async () => {
    const broker = amqpBroker({ url: server.url, prefix: 'slow.' })
    await broker.ready(60_000)
    const arrivals: Arrival[] = []
    const consumer = broker.consume(QUEUE, { prefetch: 1 }).subscribe((arrival) => arrivals.push(arrival))
    await broker.publish([message('slow')])
    await expect.poll(() => arrivals.length).toBe(2)
    arrivals[0]?.ack()
    arrivals[1]?.ack()
    await broker.publish([message('next')])
    await expect.poll(() => arrivals.map(text)).toEqual(['slow', 'slow', 'next'])
    arrivals[2]?.ack()
    consumer.unsubscribe()
    await broker.close()
  }, 300_000)

  test('and whose data is lost in the middle of a run loses nothing of it', async () => {
    const account = { id: 1, tenantId: 1, name: 'Tracker', active: true }
    const schedule = { connector: 'tracker', integrationId: 1, scheduleIntervalMinutes: 60, retryIntervalMinutes: 5 }
    const jobStore = memoryJobStore({ integrations: [{ ...account, config: {} }], jobs: [{ ...account, ...schedule }] })
    const ledger = memoryLedger({ jobStore, clock: systemClock })
    const broker = amqpBroker({ url: server.url, prefix: 'wiped.' })
    await broker.ready(60_000)
    const transport = brokerTransport({
      broker,
      ledger,
      outbox: ledger.outbox,
      sweepMs: 500,
      republishEmptyAfterMs: 1_000,
    })
    const failures: unknown[] = []
    const upkeep = transport.upkeep?.subscribe({ error: (error: unknown) => failures.push(error) })
    const done: number[] = []
    // A worker that takes a while, so that the broker dies while messages wait, are under way and are unsettled.
    const working = transport
      .deliveries({ workerId: 'worker', jobTypes: ['plan', 'extract'], prefetch: 4, leaseMs: 120_000 })
      .subscribe(async ({ lease, ack }) => {
        await sleep(50)
        const births = Array.from({ length: UNITS }, (_, unit) => ({
          step: 'issues',
          jobType: 'extract' as const,
          payload: { unit: { unit } },
          key: `${unit}`,
        }))
        const outcome = await ledger.commit(lease, {
          row: { to: 'done' },
          ...(lease.jobType === 'plan' && { births }),
        })
        if (outcome === 'committed') done.push(lease.id)
        ack()
      })
    const run = await ledger.startRun({ jobId: 1, tenantId: 1, graph: ONE_STEP, mode: 'incremental', options: {} })
    await expect.poll(() => done.length).toBeGreaterThan(5)
    await server.kill()
    await server.wipe()
    await server.start()
    await expect.poll(async () => (await ledger.run(run.runId))?.state, { timeout: 120_000 }).toBe('finished')
    expect(new Set(done).size).toBe(UNITS + 1)
    expect([done.length, failures]).toEqual([UNITS + 1, []])
    working.unsubscribe()
    upkeep?.unsubscribe()
    await broker.close()
  }, 300_000)
})
