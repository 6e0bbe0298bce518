import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime } from './runtime.ts'

const LATE_MS = 600_000

/**
 * The comments that one run reads: pages of two steps spawn the same unit, and the second step is planned after the unit was
 * read for the first.
 */
async function readsInOneRun(pagesOfFirst: number): Promise<readonly string[]> {
  const clock = virtualClock()
  const reads: string[] = []
  let comment = 'as the first page found it'
  const connector = defineConnector({
    name: 'shop',
    entities: [],
    config: z.object({}),
    steps: (step) => {
      const comments = step({
        name: 'shop_comments',
        unit: z.object({ item: z.string() }),
        async *units() {},
        async *extract() {
          reads.push(comment)
          yield { body: '{}', next: null }
        },
        *transform() {},
      })
      const spawn = [comments.spawn({ item: 'A' })]
      const first = step({
        name: 'shop_items',
        spawns: [comments],
        cursor: z.number(),
        async *extract() {
          for (let page = 1; page < pagesOfFirst; page += 1) yield { body: '{}', next: page, spawn }
          yield { body: '{}', next: null, spawn }
        },
        *transform() {},
      })
      const second = step({
        name: 'shop_orders',
        after: [first],
        spawns: [comments],
        async *units() {
          await clock.sleep(LATE_MS)
          comment = 'as it was changed'
          yield {}
        },
        async *extract() {
          yield { body: '{}', next: null, spawn }
        },
        *transform() {},
      })
      return [first, second, comments]
    },
  })
  const jobStore = jobsOf('shop')
  const ledger = memoryLedger({ jobStore, clock })
  const runtime = createRuntime({ connectors: [connector], jobStore, ledger, loader: memoryLoader(), clock })
  await runtime.start()
  const run = await runtime.startRun({ tenantId: 1, jobId: 1 })
  await clock.run(firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished'))))
  await clock.run(runtime.stop())
  return reads
}

test('a unit that was read already is read again for a page whose window ended later', async () => {
  expect(await readsInOneRun(1)).toEqual(['as the first page found it', 'as it was changed'])
})

test('a unit that pages of one window spawn again is read once for them', async () => {
  expect(await readsInOneRun(3)).toHaveLength(2)
})
