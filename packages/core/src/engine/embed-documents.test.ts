import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { runGraph } from '../contracts/run-graph-of.ts'
import { hashEmbeddings } from '../embedding/hash-embeddings.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { prepareLoad } from '../load/prepare-load.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { memoryVectorStore } from '../memory/memory-vector-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { silentTelemetry } from '../telemetry/silent-telemetry.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { workerBeat } from '../testing/worker-beat.ts'
import { profileOf } from '../vectors/documents.ts'
import { DEFAULT_LIMITS, type Vectorizer } from './engine.ts'
import { pagesInHand } from './pages-in-hand.ts'
import { perform } from './perform.ts'

const tickets = defineEntity({
  name: 'tickets',
  key: 'id',
  version: 'updated',
  columns: z.object({ id: z.string(), text: z.string().nullable(), status: z.string(), updated: z.date() }),
  embed: {
    text: ({ text }) => text,
    title: ({ id, text }) => text && `Ticket ${id}`,
    chunk: { maxLength: 40, overlap: 0 },
    payload: ({ status, updated }) => ({ status, updated, nothing: undefined }),
  },
})
const connector = defineConnector({
  name: 'desk',
  entities: [tickets],
  config: z.object({}),
  steps: (step) => [step({ name: 'desk_tickets', async *extract() {}, *transform() {} })],
})
const LONG = 'The first sentence is here. The second sentence is here. The third sentence is here.'

/** Loads rows, works off what is to be embedded, and tells what provider and store were asked. */
async function desk({
  refuse = () => false,
  modelsOf,
}: {
  readonly refuse?: (text: string) => boolean
  readonly modelsOf?: Vectorizer['modelsOf']
} = {}) {
  const jobStore = jobsOf('desk')
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const loader = memoryLoader()
  const store = memoryVectorStore()
  const hashing = hashEmbeddings()
  const calls = { texts: [] as string[], patches: 0, upserts: 0, deletes: 0 }
  const provider = {
    ...hashing,
    embed: async (texts: readonly string[], signal: AbortSignal) => {
      if (texts.some(refuse)) {
        throw new MillraceError('EMBED_FAILED', { message: 'Failed to embed: the text is refused.', retryable: false })
      }
      calls.texts.push(...texts)
      return hashing.embed(texts, signal)
    },
  }
  const counted: typeof store = {
    ...store,
    upsert: async (collection, points) => {
      calls.upserts += points.length
      await store.upsert(collection, points)
    },
    patch: async (collection, patches) => {
      calls.patches += patches.length
      await store.patch(collection, patches)
    },
    delete: async (collection, points) => {
      calls.deletes += points.length
      await store.delete(collection, points)
    },
  }
  const bridge = memoryVectorBridge(loader)
  const graph = runGraph(connector, {}, { fullSync: false })
  const { runId } = await ledger.startRun({ jobId: 1, tenantId: 1, graph, mode: 'incremental', options: {} })
  await ledger.heartbeat(workerBeat('w'))
  const [plan] = await ledger.claim({ workerId: 'w', jobTypes: ['plan'], limit: 1, leaseMs: 60_000 })
  if (!plan) throw new Error('no plan row is due')
  let commits = 0
  const settle = async (): Promise<void> => {
    for (;;) {
      const [lease] = await ledger.claim({ workerId: 'w', jobTypes: ['embed'], limit: 1, leaseMs: 60_000 })
      if (!lease) return
      const vectorizer = { provider, store: counted, bridge, ...(modelsOf && { modelsOf }) }
      const ports = {
        ledger,
        jobStore,
        loader,
        vectorizer,
        clock: systemClock,
        random: systemRandom,
        log: silentLogger,
        telemetry: silentTelemetry,
        budget: undefined,
        memory: () => 0,
        isStopping: () => false,
        transformAtOnce: true,
        limits: DEFAULT_LIMITS,
        pages: pagesInHand(DEFAULT_LIMITS.bytesInHand),
      }
      const engine = { ...ports, connectors: new Map([['desk', connector]]), fetch, http: {} }
      await perform(engine, lease, new AbortController().signal)
    }
  }
  const collection = { tenantId: 1, profile: profileOf(provider), dimensions: provider.dimensions }
  const scope = { tenantId: 1, integrationId: 1, entity: tickets, profile: collection.profile }
  return {
    calls,
    bridge,
    scope,
    deadRows: () => ledger.deadRows(runId, 10),
    async change(changes: readonly ReturnType<typeof tickets.upsert>[], sourceSeq: number): Promise<void> {
      const where = { tenantId: 1, integrationId: 1, runId }
      const changed = await loader.load(prepareLoad(changes, { scope: where, sourceSeq, fullSync: false }), undefined)
      const births = changed.map(({ entity, written, removed }) => {
        return { step: plan.step, jobType: 'embed' as const, payload: { entity, keys: [...written, ...removed] } }
      })
      await ledger.commit({ ...plan, cursorSeq: commits++ }, { row: { to: 'leased' }, births })
      Object.assign(calls, { texts: [], patches: 0, upserts: 0, deletes: 0 })
      await settle()
    },
    async found() {
      const dense = (await hashing.embed(['anything'], new AbortController().signal))[0] ?? new Float32Array()
      const matches = await store.search(collection, { dense, limit: 100 })
      return matches
        .map(({ payload }) => payload)
        .toSorted((left, right) => `${left.row_id} ${left.chunk}`.localeCompare(`${right.row_id} ${right.chunk}`))
    },
  }
}

const ticket = (id: string, text: string | null, status = 'Open', updated = 1) =>
  tickets.upsert({ id, text, status, updated: new Date(updated) })

test('a long text becomes chunks with its title, and each says what a search filters by', async () => {
  const { change, found } = await desk()
  await change([ticket('1', LONG)], 1)
  expect(await found()).toMatchObject([
    {
      chunk: 0,
      text: 'Ticket 1\n\nThe first sentence is here.',
      source_type: 'DESK',
      entity: 'tickets',
      status: 'Open',
    },
    { chunk: 1, text: 'Ticket 1\n\nThe second sentence is here.', integration_id: 1 },
    { chunk: 2, text: 'Ticket 1\n\nThe third sentence is here.', updated: '1970-01-01T00:00:00.001Z' },
  ])
})

test('a changed status without a changed text patches payloads and embeds nothing', async () => {
  const { change, calls, found } = await desk()
  await change([ticket('1', LONG)], 1)
  await change([ticket('1', LONG, 'Done')], 2)
  expect(calls).toEqual({ texts: [], patches: 3, upserts: 0, deletes: 0 })
  expect((await found()).map(({ status }) => status)).toEqual(['Done', 'Done', 'Done'])
})

test('only chunks that changed are embedded, and those that a shorter text no longer has are removed', async () => {
  const { change, calls, found, bridge, scope } = await desk()
  await change([ticket('1', LONG)], 1)
  await change([ticket('1', 'The first sentence is here. Something else is here now.')], 2)
  expect(calls).toMatchObject({ texts: ['Ticket 1\n\nSomething else is here now.'], deletes: 1 })
  expect(await found()).toHaveLength(2)
  expect((await Array.fromAsync(bridge.list(scope))).flat().map(({ state }) => state)).toEqual(['ready', 'ready'])
})

test('a row whose text went away loses its vectors, once and for all', async () => {
  const { change, calls, found, bridge, scope } = await desk()
  await change([ticket('1', LONG)], 1)
  await change([ticket('1', null)], 2)
  expect(calls.deletes).toBe(3)
  expect(await found()).toEqual([])
  expect((await Array.fromAsync(bridge.list(scope))).flat()).toEqual([])
})

test('newer content from an older request replaces the vector of what came before it', async () => {
  const { change, found } = await desk()
  await change([ticket('1', 'stale', 'Open', 1)], 9)
  await change([ticket('1', 'fresh', 'Open', 2)], 3)
  expect((await found()).map(({ text }) => text)).toEqual(['Ticket 1\n\nfresh'])
  await change([ticket('1', 'fresh', 'Done', 3)], 4)
  expect((await found()).map(({ status }) => status)).toEqual(['Done'])
})

test('a poisoned text is alone in its failure, and the bridge says why', async () => {
  const { change, found, bridge, scope, deadRows } = await desk({ refuse: (text) => text.includes('poison') })
  await change(
    [...'abcdefg'].map((id) => ticket(id, id === 'd' ? 'poison' : `text of ${id}`)),
    1,
  )
  expect(await found()).toHaveLength(6)
  const dead = await deadRows()
  expect(dead.map(({ failure }) => failure.code)).toEqual(['EMBED_FAILED'])
  const [bad] = (await Array.fromAsync(bridge.list(scope))).flat().filter(({ state }) => state !== 'ready')
  expect(bridge.errorOf(scope, bad?.key ?? '')).toBe('Failed to embed: the text is refused.')
})

test('an account is embedded by the models of its tenant, and by the common one where it has none', async () => {
  const asked: object[] = []
  const own = hashEmbeddings({ dimensions: 16 })
  let models: readonly (typeof own)[] | undefined = [own]
  const { change, calls, bridge, scope } = await desk({
    modelsOf: async (given) => {
      asked.push(given)
      return models
    },
  })
  await change([ticket('1', 'Short.')], 1)
  expect(asked).toEqual([{ tenantId: 1, integrationId: 1 }])
  expect(calls.texts).toEqual([])
  const mine = { ...scope, profile: profileOf(own) }
  expect((await Array.fromAsync(bridge.list(mine))).flat()).toMatchObject([{ state: 'ready' }])
  models = undefined
  await change([ticket('1', 'Longer.', 'Open', 2)], 2)
  expect(calls.texts).toEqual(['Ticket 1\n\nLonger.'])
})
