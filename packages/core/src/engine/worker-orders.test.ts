import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import type { WorkerOrder } from '../ports/ledger.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime } from './runtime.ts'

/** A worker whose ledger passes orders on, and whose provider answers when it is told to. */
function workplace() {
  const clock = virtualClock()
  let order: WorkerOrder = 'work'
  let answer: () => void = () => undefined
  const asked: string[] = []
  const connector = defineConnector({
    name: 'slow',
    entities: [],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'slow_units',
        unit: z.object({ unit: z.string() }),
        units: () => [{ unit: 'a' }, { unit: 'b' }],
        async *extract({ unit: { unit } }) {
          asked.push(unit)
          await new Promise<void>((resolve) => {
            answer = resolve
          })
          yield { body: '{}', next: null }
        },
        *transform() {},
      }),
    ],
  })
  const jobStore = jobsOf('slow')
  const ledger = memoryLedger({ jobStore, clock })
  const worker = createRuntime({
    connectors: [connector],
    jobStore,
    loader: memoryLoader(),
    clock,
    random: seededRandom(1),
    concurrency: { extract: 1 },
    ledger: { ...ledger, heartbeat: (beat) => ledger.heartbeat(beat).then(() => order) },
  })
  return {
    clock,
    worker,
    ledger,
    asked,
    tell: (wanted: WorkerOrder) => {
      order = wanted
    },
    answer: () => answer(),
  }
}

test.each(['drain', 'restart'] as const)(
  'a worker that is told to %s finishes what it has and claims nothing more',
  async (order) => {
    const { clock, worker, ledger, asked, tell, answer } = workplace()
    let restarts = 0
    void worker.restartRequested.then(() => restarts++)
    await worker.start()
    const { runId } = await worker.startRun({ tenantId: 1, jobId: 1 })
    await clock.advance(2_000)
    expect(asked).toEqual(['a'])
    tell(order)
    await clock.advance(10_000)
    expect(restarts, 'not while it works').toBe(0)
    answer()
    await clock.advance(60_000)
    expect(asked).toEqual(['a'])
    const run = await ledger.run(runId)
    expect(run?.state).toBe('running')
    expect(run?.counters.find(({ stage }) => stage === 'extraction')).toMatchObject({ planned: 2, done: 1 })
    expect(restarts).toBe(order === 'restart' ? 1 : 0)
    await worker.stop()
  },
)

test('chores are done regularly, and one that fails is done again', async () => {
  const { clock, ledger } = workplace()
  let turns = 0
  const worker = createRuntime({
    connectors: [],
    jobStore: jobsOf('none', { tenantIds: [] }),
    ledger,
    loader: memoryLoader(),
    clock,
    chores: [
      {
        name: 'count',
        everyMs: 60_000,
        run: async () => {
          turns += 1
          if (turns === 1) throw new Error('not yet')
        },
      },
    ],
  })
  await worker.start()
  await clock.advance(200_000)
  expect(turns).toBe(4)
  await worker.stop()
  await clock.advance(200_000)
  expect(turns).toBe(4)
})

test('a chore that is under way is told when the worker stops, which waits for it', async () => {
  const { clock, ledger } = workplace()
  const told: string[] = []
  const worker = createRuntime({
    connectors: [],
    jobStore: jobsOf('none', { tenantIds: [] }),
    ledger,
    loader: memoryLoader(),
    clock,
    chores: [
      {
        name: 'tidy up',
        everyMs: 60_000,
        run: async (signal) => {
          told.push('begun')
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          await clock.sleep(1_000)
          told.push('ended')
        },
      },
    ],
  })
  await worker.start()
  await clock.advance(61_000)
  expect(told).toEqual(['begun'])
  await clock.run(worker.stop())
  expect(told).toEqual(['begun', 'ended'])
})

test('a scheduler that is told to drain starts no run any more, and its jobs stay due for others', async () => {
  const { clock, ledger } = workplace()
  const jobStore = jobsOf('slow')
  let claims = 0
  const worker = createRuntime({
    connectors: [],
    jobStore: {
      ...jobStore,
      claimDue: (request) => {
        claims += 1
        return jobStore.claimDue(request)
      },
    },
    ledger: { ...ledger, heartbeat: async () => (clock.now() - startedAt >= 60_000 ? 'drain' : 'work') },
    loader: memoryLoader(),
    clock,
    random: seededRandom(1),
    roles: ['scheduler'],
  })
  const startedAt = clock.now()
  await worker.start()
  await clock.advance(70_000)
  expect(claims).toBeGreaterThan(0)
  const before = claims
  await clock.advance(3_600_000)
  expect(claims).toBe(before)
  await clock.run(worker.stop())
})
