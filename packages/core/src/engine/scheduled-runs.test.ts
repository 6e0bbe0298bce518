import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime, type Role } from './runtime.ts'

const MINUTE = 60_000
const pages = defineEntity({ name: 'pages', key: 'id', columns: z.object({ id: z.string() }) })

/** A process with these roles over a job whose configuration may be wrong. */
function shop(roles: readonly Role[] | undefined, config: { readonly shelves?: number } = { shelves: 1 }) {
  let reads = 0
  const connector = defineConnector({
    name: 'shop',
    entities: [pages],
    config: z.object({ shelves: z.number() }),
    steps: (step) => [
      step({
        name: 'shop_pages',
        async *extract() {
          reads += 1
          yield { body: '[]', next: null }
        },
        *transform() {},
      }),
    ],
  })
  const clock = virtualClock()
  const jobStore = jobsOf('shop', { config: () => config, clock })
  const ledger = memoryLedger({ jobStore, clock })
  const runtime = createRuntime({
    connectors: [connector],
    jobStore,
    ledger,
    loader: memoryLoader(),
    clock,
    ...(roles && { roles }),
  })
  return { runtime, clock, jobStore, ledger, reads: () => reads }
}

test('a process with the role runs jobs by themselves, every interval', async () => {
  const { runtime, clock, reads, jobStore } = shop(['scheduler', 'extract', 'transform'])
  await runtime.start()
  await clock.advance(5 * MINUTE)
  expect(reads()).toBe(1)
  expect(jobStore.runs(1)).toMatchObject({ running: false, retryCount: 0 })
  await clock.advance(120 * MINUTE)
  expect(reads()).toBe(3)
  await runtime.stop()
  await clock.advance(120 * MINUTE)
  expect(reads()).toBe(3)
})

test('a process that is not told to starts nothing by itself', async () => {
  const { runtime, clock, reads } = shop(undefined)
  await runtime.start()
  await clock.advance(120 * MINUTE)
  expect(reads()).toBe(0)
  await runtime.stop()
})

test('a configuration that no longer validates is a run that failed and says why, and the next one comes in its time', async () => {
  const { runtime, clock, ledger, jobStore } = shop(['scheduler', 'extract', 'transform'], {})
  await runtime.start()
  const failed = firstValueFrom(ledger.changes.pipe(filter((change) => change.kind === 'status')))
  await clock.advance(MINUTE)
  const change = await failed
  const runId = change.kind === 'status' ? change.runId : 0
  const [dead] = await ledger.deadRows(runId, 1)
  expect(dead?.failure).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining('shelves') })
  expect(jobStore.runs(1)).toMatchObject({ retryCount: 1, retrySoon: false })
  await clock.advance(58 * MINUTE)
  expect(jobStore.runs(1).retryCount).toBe(1)
  await clock.advance(2 * MINUTE)
  expect(jobStore.runs(1).retryCount).toBe(2)
  await runtime.stop()
})
