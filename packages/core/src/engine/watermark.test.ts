import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime } from './runtime.ts'

const AHEAD_MS = 600_000

/** Where the second run of a job begins to read, when our clock is ahead of the provider's; seconds after the first began. */
async function secondWindow(planning: 'asks the provider' | 'asks nobody'): Promise<number> {
  const clock = virtualClock()
  const since: (number | undefined)[] = []
  const connector = defineConnector({
    name: 'shop',
    entities: [],
    config: z.object({}),
    overlapMs: 0,
    steps: (step) => [
      step({
        name: 'shop_pages',
        unit: z.object({ shelf: z.string() }),
        async *units(ctx) {
          if (planning === 'asks the provider') await ctx.fetch('http://localhost/shelves')
          yield { shelf: 'A' }
        },
        async *extract(_work, ctx) {
          since.push(ctx.window.since?.getTime())
          await ctx.fetch('http://localhost/pages')
          yield { body: '{}', next: null }
        },
        *transform() {},
      }),
    ],
  })
  const jobStore = jobsOf('shop')
  const answer = (): Response =>
    new Response('{}', { headers: { date: new Date(clock.now() - AHEAD_MS).toUTCString() } })
  const runtime = createRuntime({
    connectors: [connector],
    jobStore,
    ledger: memoryLedger({ jobStore, clock }),
    loader: memoryLoader(),
    fetch: (async () => answer()) as typeof globalThis.fetch,
    clock,
  })
  await runtime.start()
  const sync = async (): Promise<void> => {
    const run = await runtime.startRun({ tenantId: 1, jobId: 1 })
    await clock.run(firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished'))))
  }
  const provided = clock.now() - AHEAD_MS
  await sync()
  await sync()
  await clock.run(runtime.stop())
  const [first, second] = since
  expect(first).toBeUndefined()
  return Math.round(((second ?? Number.NaN) - provided) / 1_000)
}

test.each(['asks the provider', 'asks nobody'] as const)(
  'a window starts where the one before ended by the provider’s clock, corrected once: planning %s',
  async (planning) => {
    const seconds = await secondWindow(planning)
    expect(seconds).toBeGreaterThanOrEqual(-1)
    expect(seconds).toBeLessThan(60)
  },
)
