import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { hashEmbeddings } from '../embedding/hash-embeddings.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { memoryVectorStore } from '../memory/memory-vector-store.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime } from './runtime.ts'

const ROWS = 2000
const SLOTS = 8

const cards = defineEntity({
  name: 'cards',
  key: 'id',
  columns: z.object({ id: z.string() }),
  embed: ({ id }) => `card ${id}`,
})
const connector = defineConnector({
  name: 'pile',
  entities: [cards],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'pile_cards',
      body: z.array(cards.columns),
      async *extract() {
        yield { body: JSON.stringify(Array.from({ length: ROWS }, (_, index) => ({ id: String(index) }))), next: null }
      },
      *transform({ body }) {
        for (const card of body) yield cards.upsert(card)
      },
    }),
  ],
})

test('with a provider that takes 100 ms, the slots for embedding are busy nearly all of the time', async () => {
  const jobStore = jobsOf('pile')
  const clock = virtualClock()
  const ledger = memoryLedger({ jobStore, clock })
  const loader = memoryLoader()
  const hashing = hashEmbeddings({ dimensions: 8 })
  const calls: { readonly from: number; readonly to: number }[] = []
  const provider: typeof hashing = {
    ...hashing,
    embed: async (texts, signal) => {
      const from = clock.now()
      await clock.sleep(100, signal)
      calls.push({ from, to: clock.now() })
      return hashing.embed(texts, signal)
    },
  }
  const runtime = createRuntime({
    connectors: [connector],
    ...{ ledger, jobStore, loader, clock },
    vectorizer: { provider, store: memoryVectorStore(), bridge: memoryVectorBridge(loader) },
    concurrency: { embed: SLOTS },
    limits: { embedBatch: 10 },
  })
  await runtime.start()
  const run = await runtime.startRun({ tenantId: 1, jobId: 1 })
  const ended = firstValueFrom(runtime.events(run).pipe(filter(({ type }) => type === 'run-finished')))
  await clock.run(ended)
  const stopped = runtime.stop()
  await clock.run(stopped)

  expect(calls).toHaveLength(ROWS / 10)
  const elapsed = Math.max(...calls.map(({ to }) => to)) - Math.min(...calls.map(({ from }) => from))
  const busy = calls.reduce((sum, { from, to }) => sum + to - from, 0)
  expect(busy / (elapsed * SLOTS)).toBeGreaterThan(0.95)
})
