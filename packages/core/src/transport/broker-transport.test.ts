import { expect, test } from 'vitest'
import { MillraceError } from '../errors/millrace-error.ts'
import { type MemoryBrokerOptions, memoryBroker } from '../memory/memory-broker.ts'
import { type FailedMessage, failedMessageSchema } from '../messages/failed-message.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { brokerTransport } from './broker-transport.ts'
import { queueHealth } from './queue-health.ts'
import { ISSUES, trackerOver } from './testing/tracker.ts'

const encode = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body))
const decode = (body: Uint8Array) => JSON.parse(new TextDecoder().decode(body))

function setUp(options: Partial<MemoryBrokerOptions> = {}) {
  const clock = virtualClock()
  const broker = memoryBroker({ clock, ...options })
  const tracker = trackerOver(broker, clock)
  const failed = (): readonly FailedMessage[] =>
    broker.waiting('etl.failed').map((body) => failedMessageSchema.parse(decode(body)))
  const send = (queue: string, ...bodies: readonly Uint8Array[]) =>
    broker.publish(bodies.map((body) => ({ queue, id: 'test', body })))
  return { clock, broker, tracker, failed, send }
}

/** A run from start to end in one process, and what it loaded. */
async function runThrough({ clock, tracker }: Pick<ReturnType<typeof setUp>, 'clock' | 'tracker'>) {
  const runtime = tracker.runtime({ random: seededRandom(1) })
  await runtime.start()
  const run = await tracker.start(runtime)
  const state = await clock.run(tracker.ended(runtime, run))
  await clock.run(runtime.stop())
  return { state, issues: tracker.loaded().length }
}

test('a run through a broker loads what one without does, and leaves its queues empty', async () => {
  const bench = setUp()
  expect(await runThrough(bench)).toEqual({ state: 'finished', issues: ISSUES })
  for (const queue of ['etl.jobs', 'extraction_queue_free', 'transform_queue_free', 'etl.failed']) {
    expect(bench.broker.waiting(queue)).toEqual([])
  }
})

test('several processes share a run', async () => {
  const { clock, tracker } = setUp()
  const roles = [['extract'], ['transform'], ['embed'], ['extract', 'transform']] as const
  const runtimes = roles.map((role, seed) => tracker.runtime({ roles: role, random: seededRandom(seed + 1) }))
  for (const runtime of runtimes) await runtime.start()
  const [first] = runtimes
  if (!first) throw new Error('There is no runtime.')
  const [mine, theirs] = [await tracker.start(first), await tracker.start(first, 2)]
  expect(await clock.run(Promise.all([tracker.ended(first, mine), tracker.ended(first, theirs)]))).toEqual([
    'finished',
    'finished',
  ])
  expect(tracker.loaded()).toHaveLength(2 * ISSUES)
  for (const runtime of runtimes) await clock.run(runtime.stop())
})

test.each([1, 2, 3, 4, 5, 6])(
  'messages may be lost, doubled, returned, unconfirmed and reordered (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const fates = [0, 1, 1, 2, 'unroutable', 'unconfirmed'] as const
    const bench = setUp({
      fate: () => fates[Math.floor(random.next() * fates.length)] ?? 1,
      next: (waiting) => Math.floor(random.next() * waiting),
    })
    expect(await runThrough(bench)).toEqual({ state: 'finished', issues: ISSUES })
    expect(bench.failed()).toEqual([])
  },
)

test('a broker that is wiped, or away for a while, loses nothing', async () => {
  const { broker, clock } = setUp()
  let published = 0
  const troubled = {
    ...broker,
    publish: async (messages: Parameters<typeof broker.publish>[0]) => {
      const report = await broker.publish(messages)
      published += 1
      if (published % 2 === 0) broker.wipe()
      if (published % 3 === 0) {
        broker.disconnect()
        clock.sleep(5_000).then(() => broker.reconnect())
      }
      return report
    },
  }
  expect(await runThrough({ clock, tracker: trackerOver(troubled, clock) })).toEqual({
    state: 'finished',
    issues: ISSUES,
  })
})

test('messages that are not of ours end in etl.failed with the reason, and the consumer lives on', async () => {
  const bench = setUp()
  const { tracker, clock, failed, send } = bench
  const runtime = tracker.runtime({ maxMessageBytes: 10_000 })
  await runtime.start()
  const foreign = { tenant_id: 1, integration_id: 1, job_id: 1, type: 'x_fetch', provider: 'X', last_sync_date: null }
  const flags = { first_item: false, last_item: false, last_job_item: false }
  await send(
    'extraction_queue_basic',
    new TextEncoder().encode('{ not json'),
    encode({ hello: 'world' }),
    encode({ ...foreign, ...flags, tenant_id: 99_999_999_999 }),
    encode({ ...foreign, ...flags }),
    encode({ filler: 'x'.repeat(10_000) }),
    encode({ tenant_id: 1, job_id: 1, table_name: 't', external_id: '1', operation: 'insert', ...flags }),
    encode({
      v: 1,
      queue_id: 1,
      run_id: 1,
      tenant_id: 1,
      job_id: 1,
      integration_id: 1,
      table_name: 't',
      external_ids: ['1'],
      operation: 'insert',
      ...flags,
    }),
  )
  await clock.advance(1_000)
  expect(failed().map(({ error }) => /: (.*)\. Nothing is lost/.exec(error)?.[1])).toEqual([
    'it is not-json: The body is not a JSON object in UTF-8.',
    'it is unknown: The body has none of the fields type, table_name and job_type.',
    expect.stringContaining('it is invalid: tenant_id'),
    'it names no ledger row',
    expect.stringContaining('bytes, and 10000 are allowed'),
    'it names no ledger row',
    'a message of kind embed is not for this queue',
  ])
  expect(failed()[0]).toMatchObject({ kind: 'message', queue: 'extraction_queue_basic', message: '{ not json' })
  const run = await tracker.start(runtime)
  expect(await clock.run(tracker.ended(runtime, run))).toBe('finished')
  await clock.run(runtime.stop())
})

test('a row whose message is refused is held no more: a suspect row is worked on at once', async () => {
  const { clock, tracker, broker, failed, send } = setUp()
  const { ledger } = tracker
  const feeding = tracker.runtime({ roles: [] })
  await feeding.start()
  const suspect = await tracker.start(feeding, 2)
  await ledger.claim({ workerId: 'gone', jobTypes: ['plan'], limit: 1, leaseMs: 60_000 })
  await ledger.sweep({ staleAfterMs: 60_000, ownerless: true })
  const other = await tracker.start(feeding, 1)
  await clock.advance(3_000)
  const messages = broker.waiting('etl.jobs').map(decode)
  const messageOf = (tenantId: number) => messages.find((message) => message.tenant_id === tenantId)
  broker.wipe()
  await send(
    'etl.jobs',
    encode({ ...messageOf(1), job_id: 77 }),
    encode({ ...messageOf(1), job_type: 'other_sync' }),
    encode(messageOf(2)),
  )

  const working = tracker.runtime({ random: seededRandom(1), concurrency: { extract: 1 } })
  await working.start()
  await clock.advance(10_000)
  expect(failed().map(({ error }) => error)).toEqual([
    expect.stringContaining('it disagrees with its ledger row in job_id'),
    expect.stringContaining('it disagrees with its ledger row in job_type'),
  ])
  const states = [suspect, other].map(async ({ runId }) => (await ledger.run(runId))?.state)
  expect(await Promise.all(states)).toEqual(['finished', 'finished'])
  for (const runtime of [feeding, working]) await clock.run(runtime.stop())
})

test('a newer message is left to newer workers, without a hot loop', async () => {
  const { clock, failed, send, broker } = setUp({ delayMs: 15_000 })
  const runtime = trackerOver(broker, clock).runtime()
  await runtime.start()
  await send('transform_queue_free', encode({ v: 2, new: 'field' }))
  await clock.advance(1_000)
  expect(broker.waiting('transform_queue_free'), 'it is away').toEqual([])
  await clock.run(runtime.stop())
  await clock.advance(15_000)
  expect(broker.waiting('transform_queue_free').map(decode)).toEqual([{ v: 2, new: 'field' }])
  expect(failed()).toEqual([])
})

test('somebody outside may ask for a run, where a host takes requests', async () => {
  const { tracker, clock, failed, send } = setUp()
  const request = {
    tenant_id: 1,
    job_id: 1,
    integration_id: 1,
    job_type: 'tracker_sync',
    config: { full_sync: true },
    scheduled_at: '2025-01-01T00:00:00Z',
    priority: 1,
    retry_count: 0,
    max_retries: 3,
  }
  const deaf = tracker.runtime()
  await deaf.start()
  await send('etl.custom_fields', encode(request))
  await clock.advance(1_000)
  expect(failed()).toMatchObject([{ error: expect.stringContaining('no process here takes requests') }])
  await clock.run(deaf.stop())

  const asked: unknown[] = []
  const outcomes = [
    undefined,
    new MillraceError('RUN_REFUSED', { message: 'Failed to start.' }),
    new MillraceError('DATABASE_UNAVAILABLE', { message: 'Away.' }),
  ]
  const listening = tracker.runtime({
    onRequest: async ({ queue, body }) => {
      asked.push([queue, body.job_id, body.config.full_sync])
      const outcome = outcomes.shift()
      if (outcome) throw outcome
    },
  })
  await listening.start()
  for (let times = 0; times < 3; times++) await send('etl.jobs', encode(request))
  await clock.advance(1_000)
  expect(asked).toEqual(Array(3).fill(['etl.jobs', 1, true]))
  expect(
    failed()
      .map(({ error }) => error)
      .at(-1),
  ).toContain('Failed to start.')
  await clock.advance(16_000)
  expect(asked, 'the one that could not be served came again').toHaveLength(4)
  expect(failed()).toHaveLength(2)
  await clock.run(listening.stop())
})

test('while the ledger is away, messages are delayed and not lost', async () => {
  const { tracker, clock, failed } = setUp()
  const { ledger } = tracker
  let away = true
  const claim: typeof ledger.claim = (request) =>
    away ? Promise.reject(new MillraceError('DATABASE_UNAVAILABLE', { message: 'Away.' })) : ledger.claim(request)
  const runtime = tracker.runtime({ ledger: { ...ledger, claim } })
  await runtime.start()
  const run = await tracker.start(runtime)
  await clock.advance(3_000)
  expect((await ledger.run(run.runId))?.state).toBe('running')
  away = false
  expect(await clock.run(tracker.ended(runtime, run))).toBe('finished')
  expect(failed()).toEqual([])
  await clock.run(runtime.stop())
})

test('a tenant with thousands of rows delays the small job of another one by less than two seconds', async () => {
  const { clock, broker, tracker } = setUp()
  const { ledger } = tracker
  const graph = { steps: [{ name: 'tracker_issues', displayName: 'Issues', order: 1, after: [], spawns: [] }] }
  const transport = brokerTransport({ broker, ledger, outbox: ledger.outbox, clock, random: seededRandom(1) })
  transport.upkeep?.subscribe()
  const finished = new Map<number, number>()
  // Two workers that take 50 ms for a row: what is published waits in order of arrival.
  for (const workerId of ['one', 'two']) {
    const subscription = { workerId, jobTypes: ['plan', 'extract'], prefetch: 1, leaseMs: 60_000 } as const
    transport.deliveries(subscription).subscribe(async ({ lease, ack }) => {
      await clock.sleep(50)
      const units = lease.tenantId === 1 ? 3_000 : 1
      const births = Array.from({ length: units }, (_, unit) => ({
        step: 'tracker_issues',
        jobType: 'extract' as const,
        payload: { unit: { unit } },
      }))
      await ledger.commit(lease, { row: { to: 'done' }, ...(lease.jobType === 'plan' && { births }) })
      finished.set(lease.tenantId, clock.now())
      ack()
    })
  }
  await ledger.startRun({ tenantId: 1, jobId: 1, graph, mode: 'incremental', options: {} })
  await clock.advance(20_000)
  const startedAt = clock.now()
  const small = await ledger.startRun({ tenantId: 2, jobId: 2, graph, mode: 'incremental', options: {} })
  await clock.advance(4_000)
  expect((await ledger.run(small.runId))?.state).toBe('finished')
  const delayMs = (finished.get(2) ?? Number.POSITIVE_INFINITY) - startedAt
  expect(delayMs).toBeLessThan(2_000)
  const [backlog] = await ledger.outbox.backlog()
  expect(backlog?.open).toBeGreaterThan(1_000)
}, 300_000)

test('rows that die are announced in etl.failed, wherever they die', async () => {
  const { clock, tracker, failed, broker } = setUp()
  const { ledger } = tracker
  const runtime = tracker.runtime({ roles: [] })
  await runtime.start()
  const { runId } = await tracker.start(runtime)
  const request = { workerId: 'mortal', jobTypes: ['plan', 'extract'] as const, limit: 1, leaseMs: 60_000 }
  const [plan] = await ledger.claim(request)
  if (!plan) throw new Error('There is no plan.')
  const unit = (project: string) => ({ step: plan.step, jobType: 'extract' as const, payload: { unit: { project } } })
  const failure = { code: 'UNAUTHORIZED', message: 'Failed to fetch: 401. Renew the token.', transient: false } as const
  await ledger.commit(plan, { row: { to: 'done' }, births: [unit('A'), unit('B'), { ...unit('C'), dead: failure }] })
  const [first] = await ledger.claim(request)
  if (!first) throw new Error('There is no unit.')
  broker.disconnect()
  await ledger.commit(first, { row: { to: 'dead', failure } })
  for (let attempt = 1; attempt <= 5; attempt++) {
    await ledger.claim(request)
    await ledger.sweep({ staleAfterMs: 1, ownerless: true })
  }
  await clock.advance(10_000)
  broker.reconnect()
  await clock.advance(10_000)
  expect(
    failed()
      .map((letter) => (letter.kind === 'row' ? [letter.run_id, letter.type, letter.reason] : letter))
      .sort(),
  ).toEqual([
    [runId, 'tracker_issues', 'LEASE_EXPIRED'],
    [runId, 'tracker_issues', 'UNAUTHORIZED'],
    [runId, 'tracker_issues', 'UNAUTHORIZED'],
  ])
  await clock.run(runtime.stop())
})

test('a row that is claimed while the process stops is handed back', async () => {
  const { clock, broker, tracker } = setUp()
  const { ledger } = tracker
  let claimed: () => void = () => undefined
  const claiming = new Promise<void>((resolve) => {
    claimed = resolve
  })
  const claim: typeof ledger.claim = async (request) => {
    claimed()
    await clock.sleep(1_000)
    return ledger.claim(request)
  }
  const runtime = tracker.runtime({ roles: [] })
  await runtime.start()
  const { runId } = await tracker.start(runtime)
  const slow = brokerTransport({ broker, ledger: { ...ledger, claim }, outbox: ledger.outbox, clock })
  const stopping = slow.deliveries({ workerId: 'stops', jobTypes: ['plan'], prefetch: 1, leaseMs: 60_000 }).subscribe()
  await clock.run(claiming)
  stopping.unsubscribe()
  await clock.advance(1_000)
  const [lease] = await ledger.claim({ workerId: 'next', jobTypes: ['plan'], limit: 1, leaseMs: 60_000 })
  expect([lease?.runId, lease?.attempts]).toEqual([runId, 1])
  await clock.run(runtime.stop())
})

test('queue health tells what waits, in the broker and in the ledger', async () => {
  const { tracker, clock, broker } = setUp()
  const runtime = tracker.runtime({ roles: [] })
  await runtime.start()
  await tracker.start(runtime)
  await clock.advance(3_000)
  const health = await queueHealth({ broker, outbox: tracker.ledger.outbox })
  expect(health.map(({ queue }) => queue)).toHaveLength(15)
  expect(health.find(({ queue }) => queue === 'etl.jobs')).toMatchObject({
    messages: 1,
    consumers: 0,
    open: 1,
    published: 1,
  })
  expect(health.find(({ queue }) => queue === 'etl.jobs')?.oldestMs).toBeGreaterThanOrEqual(3_000)
  broker.disconnect()
  const blind = await queueHealth({ broker, outbox: tracker.ledger.outbox })
  expect(blind.find(({ queue }) => queue === 'etl.jobs')).toMatchObject({ messages: null, consumers: null, open: 1 })
  await clock.run(runtime.stop())
})
