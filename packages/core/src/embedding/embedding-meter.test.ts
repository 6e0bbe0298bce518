import { expect, test } from 'vitest'
import { createFetch } from '../http/create-fetch.ts'
import { createProviderBudget } from '../http/provider-budget.ts'
import { memoryBudget } from '../memory/memory-budget.ts'
import type { Budget } from '../ports/budget.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { type EmbeddingLimits, embeddingMeter } from './embedding-meter.ts'
import { hashEmbeddings } from './hash-embeddings.ts'
import { openAiEmbeddings } from './openai-embeddings.ts'

const MINUTE = 60_000
const { signal } = new AbortController()
const hashing = hashEmbeddings({ dimensions: 8 })

/** A server, and processes that ask it with one budget. */
function world(refuse: (turn: number) => Response | undefined = () => undefined) {
  const clock = virtualClock()
  const budget = memoryBudget({ clock })
  const askedAt: number[] = []
  const platform = async (_url: string | URL, init: RequestInit = {}): Promise<Response> => {
    askedAt.push(clock.now())
    const refused = refuse(askedAt.length)
    if (refused) return refused
    const { input } = JSON.parse(String(init.body)) as { readonly input: readonly string[] }
    const vectors = await hashing.embed(input, signal)
    return Response.json({ data: vectors.map((vector, index) => ({ index, embedding: Array.from(vector) })) })
  }
  const process = (limits: EmbeddingLimits = {}, shared: Budget = budget) => {
    const account = { budget: shared, tenantId: 1, integrationId: 1 }
    const { points } = embeddingMeter(account, limits, { clock, name: 'm' })
    const fetch = createFetch({ fetch: platform, clock, retries: 0, budget: createProviderBudget({ shared: points }) })
    return openAiEmbeddings(
      { baseUrl: 'http://127.0.0.1:9/v1', model: 'm', dimensions: 8, ...limits },
      { fetch, shared: account, clock },
    )
  }
  /** Texts one after another, each tried again when the provider says; returns how many were embedded. */
  const work = async (provider: ReturnType<typeof process>, texts: readonly string[]): Promise<number> => {
    let embedded = 0
    for (const text of texts) {
      for (;;) {
        const done = await provider.embed([text], signal).catch((error: { readonly retryAt?: Date }) => error)
        if (Array.isArray(done)) break
        const { retryAt } = done as { readonly retryAt?: Date }
        if (!retryAt) throw done
        await clock.sleep(retryAt.getTime() - clock.now())
      }
      embedded += 1
    }
    return embedded
  }
  return { clock, askedAt, process, work }
}

const texts = (count: number, length = 5): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${index} `.padEnd(length, 'x'))

test('requests of all processes together stay below the number for a minute, and every text is embedded', async () => {
  const { clock, askedAt, process, work } = world()
  const began = clock.now()
  const processes = [1, 2, 3].map(() => work(process({ requestsPerMinute: 10 }), texts(15)))
  const all = Promise.all(processes)
  await clock.run(all)
  expect(await all).toEqual([15, 15, 15])
  expect(askedAt).toHaveLength(45)
  const windows = Map.groupBy(askedAt, (at) => Math.floor((at - began) / MINUTE))
  for (const asked of windows.values()) expect(asked.length).toBeLessThanOrEqual(10)
  expect(Math.max(...askedAt) - began).toBeLessThan(5 * MINUTE)
})

test('tokens of all processes together stay below the number for a minute; a text that is larger waits for a whole one', async () => {
  const { clock, askedAt, process, work } = world()
  const began = clock.now()
  // Forty tokens each, by the rough count.
  const all = Promise.all([1, 2].map(() => work(process({ tokensPerMinute: 100 }), texts(5, 100))))
  await clock.run(all)
  expect(await all).toEqual([5, 5])
  const windows = Map.groupBy(askedAt, (at) => Math.floor((at - began) / MINUTE))
  for (const asked of windows.values()) expect(asked.length).toBeLessThanOrEqual(2)
  const large = work(process({ tokensPerMinute: 100 }), texts(1, 1000))
  await clock.run(large)
  expect(await large).toBe(1)
})

test('whom one process was asked to leave alone, all leave alone until then, without a request', async () => {
  const { clock, askedAt, process } = world((turn) =>
    turn === 1 ? new Response('{}', { status: 429, headers: { 'retry-after': '120' } }) : undefined,
  )
  const until = new Date(clock.now() + 2 * MINUTE)
  for (const each of [process(), process()]) {
    await expect(each.embed(['a'], signal)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAt: until })
  }
  expect(askedAt).toHaveLength(1)
  const slept = clock.sleep(2 * MINUTE)
  await clock.run(slept)
  expect(await process().embed(['a'], signal)).toHaveLength(1)
})

test('a budget that does not answer stands in nobody’s way', async () => {
  const broken = () => Promise.reject(new Error('the database is away'))
  const { process } = world()
  const deaf: Budget = { block: broken, limitConcurrency: broken, draw: broken, state: broken }
  expect(await process({ requestsPerMinute: 1, tokensPerMinute: 1 }, deaf).embed(['a'], signal)).toHaveLength(1)
})
