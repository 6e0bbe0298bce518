import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime } from './runtime.ts'

const MINUTE = 60_000

/** A run whose provider answers so many pages between two refusals, each of which asks for ten minutes. */
async function runOf(pagesBetween: number) {
  const clock = virtualClock()
  let asked = 0
  const connector = defineConnector({
    name: 'shop',
    entities: [],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'shop_pages',
        cursor: z.int(),
        async *extract({ from = 0 }, ctx) {
          for (let page = from; page < 10; page += 1) {
            await ctx.fetch('http://localhost/pages')
            yield { body: '{}', next: page === 9 ? null : page + 1 }
          }
        },
        *transform() {},
      }),
    ],
  })
  const jobStore = jobsOf('shop')
  const answer = async (): Promise<Response> => {
    asked += 1
    return asked % (pagesBetween + 1) === 0
      ? new Response('', { status: 429, headers: { 'retry-after': '600' } })
      : new Response('{}')
  }
  const runtime = createRuntime({
    connectors: [connector],
    jobStore,
    ledger: memoryLedger({ jobStore, clock }),
    loader: memoryLoader(),
    fetch: answer as typeof globalThis.fetch,
    clock,
    limits: { maxWaitMs: 20 * MINUTE, maxWaitsMs: 36 * MINUTE },
  })
  await runtime.start()
  const run = await runtime.startRun({ tenantId: 1, jobId: 1 })
  const ended = firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished')))
  await clock.advance(200 * MINUTE)
  const { summary } = await ended
  await clock.run(runtime.stop())
  return summary
}

test('a unit that is refused again and again without any progress ends after so long in total, and says why', async () => {
  const summary = await runOf(0)
  expect(summary.state).toBe('failed')
  expect(summary.failures.map(({ failure }) => failure)).toMatchObject([
    {
      code: 'RATE_LIMITED',
      transient: true,
      message: expect.stringContaining(
        'The provider asks to wait 0.2 h after 0.5 h without progress, and no more than 0.6 h are waited in total',
      ),
    },
  ])
})

test('a unit that goes on between its waits may take as long as it needs', async () => {
  const summary = await runOf(1)
  expect(summary.state).toBe('finished')
})
