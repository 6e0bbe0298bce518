import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEntity } from '../contracts/entity.ts'
import { openAiEmbeddings } from '../embedding/openai-embeddings.ts'
import { createFetch } from '../http/create-fetch.ts'
import { prepareLoad } from '../load/prepare-load.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { memoryVectorStore } from '../memory/memory-vector-store.ts'
import { nextTurn } from '../system/next-turn.ts'
import { syncDocuments } from '../vectors/sync-documents.ts'
import { DEFAULT_LIMITS } from './engine.ts'

const DIMENSIONS = 1536
const TRIES = 3
const SENTENCE =
  'The payment of order 4711 fails after a retry when SessionToken expires; see CheckoutHandler.process. '

const reports = defineEntity({
  name: 'reports',
  key: 'id',
  columns: z.object({ id: z.string(), text: z.string() }),
  embed: ({ text }) => text,
})

/** The most that this thread computed in one turn of its event loop while a task went on, in milliseconds. */
async function longestTurn(task: Promise<unknown>): Promise<number> {
  let over = false
  let longest = 0
  const watch = async (): Promise<void> => {
    let before = process.threadCpuUsage()
    while (!over) {
      await nextTurn()
      // Not the clock, which also counts what other programs do.
      const { user, system } = process.threadCpuUsage(before)
      longest = Math.max(longest, (user + system) / 1000)
      before = process.threadCpuUsage()
    }
  }
  const watching = watch()
  await task
  over = true
  await watching
  return longest
}

test('a full batch of long texts with a large model never holds the event loop for more than 50 ms', async () => {
  const numbers = JSON.stringify(Array.from({ length: DIMENSIONS }, (_, index) => Math.sin(index) / 40))
  const platform = async (_url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { input } = JSON.parse(String(init.body)) as { readonly input: readonly string[] }
    return new Response(`{"data":[${input.map((_, index) => `{"index":${index},"embedding":${numbers}}`).join()}]}`)
  }
  const provider = openAiEmbeddings(
    { baseUrl: 'http://127.0.0.1:9/v1', model: 'm', dimensions: DIMENSIONS },
    { fetch: createFetch({ fetch: platform }) },
  )
  const loader = memoryLoader()
  const ids = Array.from({ length: DEFAULT_LIMITS.embedBatch }, (_, index) => String(index))
  const scope = { tenantId: 1, integrationId: 1, runId: 1 }
  const changes = ids.map((id) => reports.upsert({ id, text: `${id}: ${SENTENCE.repeat(60)}` }))
  const [loaded] = await loader.load(prepareLoad(changes, { scope, sourceSeq: 1, fullSync: false }), undefined)
  const embed = async (): Promise<number> => {
    const tools = { provider, loader, store: memoryVectorStore(), bridge: memoryVectorBridge(loader) }
    const request = { tenantId: 1, integrationId: 1, entity: reports, sourceType: 'DESK', keys: loaded?.written ?? [] }
    const signal = new AbortController().signal
    const result = await syncDocuments(tools, { ...request, doubt: false, signal, mark: async () => true })
    return result?.embedded ?? 0
  }
  // Compiled, and its memory there.
  expect(await embed()).toBeGreaterThan(2 * ids.length)
  const turns: number[] = []
  for (let each = 0; each < TRIES; each += 1) turns.push(await longestTurn(embed()))
  // The best of a few: the collector of garbage comes when it likes.
  expect(Math.min(...turns), turns.join()).toBeLessThan(50)
}, 300_000)
