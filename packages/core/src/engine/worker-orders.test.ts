import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { memoryJobStore } from '../memory/memory-job-store.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import type { WorkerOrder } from '../ports/ledger.ts'
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
  const account = { id: 1, tenantId: 1, name: 'slow', active: true }
  const schedule = { scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }
  const jobStore = memoryJobStore({
    jobs: [{ ...account, ...schedule, connector: 'slow', integrationId: 1 }],
    integrations: [{ ...account, config: {} }],
  })
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
    jobStore: memoryJobStore({ jobs: [], integrations: [] }),
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
