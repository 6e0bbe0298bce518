import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { runGraph } from '../contracts/run-graph-of.ts'
import { hashEmbeddings } from '../embedding/hash-embeddings.ts'
import { prepareLoad } from '../load/prepare-load.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { memoryVectorStore } from '../memory/memory-vector-store.ts'
import type { VectorStore } from '../ports/vector-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { silentTelemetry } from '../telemetry/silent-telemetry.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { workerBeat } from '../testing/worker-beat.ts'
import { DEFAULT_LIMITS } from './engine.ts'
import { pagesInHand } from './pages-in-hand.ts'
import { perform } from './perform.ts'

const notes = defineEntity({
  name: 'notes',
  key: 'id',
  columns: z.object({ id: z.string(), text: z.string() }),
  embed: ({ text }) => text,
})

const connector = defineConnector({
  name: 'notebook',
  entities: [notes],
  config: z.object({}),
  steps: (step) => [step({ name: 'notebook_notes', async *extract() {}, *transform() {} })],
})

/** A run whose embed rows a test gives birth to and works on as it likes. */
async function desk() {
  const jobStore = jobsOf('notebook')
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const loader = memoryLoader()
  const store = memoryVectorStore()
  const provider = hashEmbeddings()
  const vectorizer = { provider, bridge: memoryVectorBridge(loader) }
  const graph = runGraph(connector, {}, { fullSync: false })
  const { runId } = await ledger.startRun({ jobId: 1, tenantId: 1, graph, mode: 'incremental', options: {} })
  await ledger.heartbeat(workerBeat('w'))
  const claim = async (jobType: 'plan' | 'embed') => {
    const [lease] = await ledger.claim({ workerId: 'w', jobTypes: [jobType], limit: 1, leaseMs: 60_000 })
    if (!lease) throw new Error(`no ${jobType} row is due`)
    return lease
  }
  const plan = await claim('plan')
  let sequence = 0
  return {
    ledger,
    store,
    claim,
    /** Loads a change, and gives birth to the embed row of what it changed. */
    async change(change: Parameters<typeof prepareLoad>[0] extends Iterable<infer Change> ? Change : never) {
      const scope = { tenantId: 1, integrationId: 1, runId }
      const batch = prepareLoad([change], { scope, sourceSeq: ++sequence, fullSync: false })
      const changed = await loader.load(batch, undefined)
      const births = changed.map(({ entity, written, removed }) => ({
        step: plan.step,
        jobType: 'embed' as const,
        payload: { entity, keys: [...written, ...removed] },
      }))
      await ledger.commit({ ...plan, cursorSeq: sequence - 1 }, { row: { to: 'leased' }, births })
    },
    work: (lease: Awaited<ReturnType<typeof claim>>, over: Partial<VectorStore> = {}) =>
      perform(
        {
          connectors: new Map([[connector.name, connector]]),
          ledger,
          jobStore,
          loader,
          vectorizer: { ...vectorizer, store: { ...store, ...over } },
          clock: systemClock,
          random: systemRandom,
          log: silentLogger,
          telemetry: silentTelemetry,
          budget: undefined,
          isStopping: () => false,
          fetch: globalThis.fetch,
          http: {},
          memory: () => 0,
          limits: DEFAULT_LIMITS,
          pages: pagesInHand(DEFAULT_LIMITS.bytesInHand),
          transformAtOnce: true,
        },
        lease,
        new AbortController().signal,
      ),
    async ids() {
      const collection = {
        tenantId: 1,
        profile: `${provider.name}/${provider.dimensions}/v1`,
        dimensions: provider.dimensions,
      }
      return (await Array.fromAsync(store.points(collection))).flat().map(({ id }) => id)
    },
  }
}

test('a deletion that reaches the store after the row lives again does not cost it its vector', async () => {
  const { change, claim, work, store, ids } = await desk()
  await change(notes.upsert({ id: 'a', text: 'hello' }))
  await work(await claim('embed'))
  await change(notes.delete('a'))
  await work(await claim('embed'), {
    delete: async (collection, points) => {
      await change(notes.upsert({ id: 'a', text: 'hello' }))
      await work(await claim('embed'))
      await store.delete(collection, points)
    },
  })
  expect(await ids()).toHaveLength(1)
  await work(await claim('embed'))
  expect(await ids()).toHaveLength(1)
})

test('an attempt that died after it had reached the store is made good by the next one', async () => {
  const { change, claim, work, store, ledger, ids } = await desk()
  await change(notes.upsert({ id: 'a', text: 'hello' }))
  await work(await claim('embed'))
  await change(notes.delete('a'))
  const dying = await claim('embed')
  let died: () => void = () => undefined
  const dead = new Promise<void>((resolve) => {
    died = resolve
  })
  void work(dying, {
    delete: async (collection, points) => {
      await change(notes.upsert({ id: 'a', text: 'hello' }))
      await work(await claim('embed'))
      await store.delete(collection, points)
      died()
      return new Promise(() => undefined)
    },
  })
  await dead
  await ledger.retire('w')
  await work(await claim('embed'))
  expect(await ids()).toHaveLength(1)
})
