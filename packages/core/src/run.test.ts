import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { lastValueFrom, toArray } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type Change,
  defineConnector,
  defineEntity,
  type EmbeddingProvider,
  entityId,
  hashEmbeddings,
  MillraceError,
  memoryLoader,
  memoryVectorBridge,
  memoryVectorStore,
  run,
  runToEnd,
} from './index.ts'
import { virtualClock } from './testing/virtual-clock.ts'

const issues = defineEntity({
  name: 'issues',
  key: 'id',
  version: 'updated',
  embed: (r) => r.title,
  columns: z.object({ id: z.string(), title: z.string(), updated: z.coerce.date() }),
})

const tracker = defineConnector({
  name: 'tracker',
  entities: [issues],
  config: z.object({ url: z.url(), pageSize: z.number().default(100) }),
  steps: (step) => [
    step({
      name: 'tracker_issues',
      cursor: z.number(),
      items: 'items',
      body: z.object({ items: z.array(issues.columns), more: z.boolean() }),
      async *extract({ from = 1 }, ctx) {
        for (let page = from; ; page++) {
          const res = await ctx.fetch(`${ctx.config.url}/issues?page=${page}&size=${ctx.config.pageSize}`)
          const body = await res.text()
          const last = !JSON.parse(body).more
          yield { body, next: last ? null : page + 1 }
          if (last) return
        }
      },
      *transform({ body }) {
        for (const item of body.items) yield issues.upsert(item)
      },
    }),
  ],
})

let server: Server
let url: string
let requests: number
let items: { id: string; title: string | null; updated: string }[]

beforeEach(async () => {
  requests = 0
  items = Array.from({ length: 250 }, (_, index) => ({
    id: `I-${index}`,
    title: `Issue ${index}`,
    updated: '2026-01-01T00:00:00Z',
  }))
  server = createServer((request, response) => {
    requests += 1
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const size = Number(searchParams.get('size'))
    const start = (Number(searchParams.get('page')) - 1) * size
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ items: items.slice(start, start + size), more: start + size < items.length }))
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  url = `http://localhost:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  server.close()
})

test('a connector of twenty lines mirrors its tracker into memory', async () => {
  const loader = memoryLoader()
  const events = await lastValueFrom(run({ connector: tracker, config: { url }, loader }).pipe(toArray()))
  expect(events[0]?.type).toBe('run-started')
  const last = events.at(-1)
  expect(last).toMatchObject({
    type: 'run-finished',
    summary: { state: 'finished', totals: { rowsWritten: 250, apiCalls: 3 } },
  })
  expect(loader.rows(issues)).toHaveLength(250)
})

test('a bad record becomes a dead row of its own and its neighbours are loaded', async () => {
  items[42] = { id: 'I-42', title: null, updated: '2026-01-01T00:00:00Z' }
  const loader = memoryLoader()
  const summary = await runToEnd({ connector: tracker, config: { url }, loader })
  expect(summary.state).toBe('failed')
  expect(summary.failures).toMatchObject([
    { step: 'tracker_issues', failure: { code: 'INVALID_BODY' }, payload: { items: [42], unit: {} } },
  ])
  expect(loader.rows(issues)).toHaveLength(249)
})

test('a failed run that is printed shows why, each reason once', async () => {
  items[42] = { id: 'I-42', title: null, updated: '2026-01-01T00:00:00Z' }
  items[142] = { id: 'I-142', title: null, updated: '2026-01-01T00:00:00Z' }
  const last = await lastValueFrom(run({ connector: tracker, config: { url }, loader: memoryLoader() }))
  expect(inspect(last)).toContain('Failed to read a response of tracker_issues: items.42.title: Invalid input')
  expect(last).toMatchObject({ summary: { reasons: [expect.any(String)], failures: [{}, {}] } })
})

test('a second run over the same loader removes and revives what its predecessor, which drew more numbers, had stored', async () => {
  const loader = memoryLoader()
  const titles = () => loader.rows(issues).map(({ title }) => title)
  const mirror = (changes: () => Iterable<Change>) =>
    runToEnd({ connector: faulty({ transform: changes }), config: {}, loader })
  const issue = (id: string) => issues.upsert({ id, title: id, updated: new Date(0) })
  await runToEnd({ connector: tracker, config: { url, pageSize: 1 }, loader })
  await mirror(() => [issues.census(['I-1', 'I-2'], { certain: true })])
  expect(titles()).toEqual(expect.arrayContaining(['Issue 1', 'Issue 2']))
  expect(titles()).toHaveLength(2)
  await mirror(() => [issue('I-3'), issues.delete('I-1')])
  expect(titles()).toEqual(expect.arrayContaining(['I-3', 'Issue 2']))
  expect(titles()).toHaveLength(2)
})

/** A connector of one step, for trying out what authors may get wrong. */
function faulty(part: object) {
  return defineConnector({
    name: 'faulty',
    entities: [issues],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'faulty_issues',
        unit: z.object({ board: z.string() }),
        units: () => [{ board: 'north' }],
        cursor: z.number(),
        async *extract() {
          yield { body: '{}', next: null }
        },
        *transform({ unit }) {
          yield issues.upsert({ id: unit.board, title: 'found by its unit', updated: new Date(0) })
        },
        ...part,
      }),
    ],
  })
}

test('a transformer knows the unit that its page was read for', async () => {
  const loader = memoryLoader()
  await runToEnd({ connector: faulty({}), config: {}, loader })
  expect(loader.rows(issues)).toMatchObject([{ external_id: 'north' }])
})

test.each([
  ['a page that goes on where it was read', { extract: () => pagesFor(2, 2, 2) }, 'CURSOR_LOOP'],
  ['a cursor of another type', { extract: () => pagesFor('two') }, 'INVALID_UNIT'],
  ['pages that end too early', { extract: () => pagesFor(2) }, 'UNIT_INCOMPLETE'],
  ['a body that is neither text nor bytes', { extract: () => [{ body: { a: 1 }, next: null }] }, 'INVALID_BODY'],
  ['a plain row instead of a change', { transform: () => [{ id: 'I-1' }] }, 'TRANSFORM_FAILED'],
  ['an asynchronous transformer', { async *transform() {} }, 'TRANSFORM_FAILED'],
  ['a row of an entity that is not declared', { transform: () => [stranger.upsert({ id: 'S' })] }, 'TRANSFORM_FAILED'],
] as const)('%s is told in a sentence, and the run ends', async (_what, part, code) => {
  const clock = virtualClock()
  const job = { connector: faulty(part), config: {}, loader: memoryLoader(), clock }
  const summary = await clock.run(runToEnd(job))
  expect(summary.state).toBe('failed')
  expect(summary.failures).toMatchObject([{ failure: { code, message: expect.stringMatching(/^Failed to .*\.$/) } }])
})

test('what a check throws is said of the check, and of no step', async () => {
  const clock = virtualClock()
  const connector = defineConnector({
    name: 'faulty',
    entities: [issues],
    config: z.object({}),
    steps: (step) => [step({ name: 'faulty_issues', async *extract() {}, *transform() {} })],
    check: async () => {
      throw new TypeError('something is undefined')
    },
  })
  const { reasons } = await clock.run(runToEnd({ connector, config: {}, loader: memoryLoader(), clock }))
  const place = String.raw`\(src/run\.test\.ts:\d+:\d+\)`
  expect(reasons).toEqual([
    expect.stringMatching(new RegExp(`^Failed to check the account of faulty: something is undefined ${place}\\.$`)),
  ])
})

test('ids that are numbers name rows, parents and what a census counts as their digits do', async () => {
  const boards = defineEntity({ name: 'boards', key: 'id', columns: z.object({ id: z.number() }) })
  const labels = defineEntity({
    name: 'labels',
    key: ['board_id', 'label'],
    parent: 'board_id',
    references: { board_id: boards },
    columns: z.object({ board_id: z.number(), label: z.string() }),
  })
  const loader = memoryLoader()
  const load = (transform: () => Iterable<Change>) => {
    const connector = defineConnector({
      name: 'kanban',
      entities: [boards, labels],
      config: z.object({}),
      steps: (step) => [
        step({
          name: 'kanban_boards',
          async *extract() {
            yield { body: '{}', next: null }
          },
          transform,
        }),
      ],
    })
    return runToEnd({ connector, config: {}, loader })
  }
  const label = (text: string) => labels.replace(1, [{ board_id: 1, label: text }])
  await load(() => [...[1, 2, 3].map((id) => boards.upsert({ id })), label('old')])
  await load(() => [boards.delete(2), boards.upsert({ id: 1 }), label('new')])
  expect(loader.rows(boards).map(({ external_id }) => external_id)).toEqual([1, 3])
  expect(loader.rows(labels).map((row) => row.label)).toEqual(['new'])
  await load(() => [boards.census([1], { certain: true })])
  expect(loader.rows(boards).map(({ external_id }) => external_id)).toEqual([1])
})

test('a child whose parent refers to nothing is refused with what to add', () => {
  const columns = z.object({ board_id: z.string(), label: z.string() })
  const child = { name: 'labels', key: ['board_id', 'label'], parent: 'board_id', columns } as const
  expect(() => defineEntity(child)).toThrow(/board_id refers to no entity. Name the entity of the parent in references/)
  const references = { board_id: issues }
  expect(() => defineEntity({ ...child, references, key: ['label', 'board_id'] })).toThrow(
    /its key begins with another/,
  )
})

const stranger = defineEntity({ name: 'strangers', key: 'id', columns: z.object({ id: z.string() }) })

function* pagesFor(...cursors: (number | string)[]): Generator<object> {
  for (const next of cursors) yield { body: '{}', next }
}

test('a wrong configuration is an error before any run starts', async () => {
  const config = { url: 'not a url' }
  await expect(runToEnd({ connector: tracker, config, loader: memoryLoader() })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('url'),
  })
})

test('a run is one run for all who watch, and late subscribers see it from its start', async () => {
  const running = run({ connector: tracker, config: { url }, loader: memoryLoader() })
  const [first, second] = await Promise.all([
    lastValueFrom(running.pipe(toArray())),
    lastValueFrom(running.pipe(toArray())),
  ])
  const late = await lastValueFrom(running.pipe(toArray()))
  expect(second).toEqual(first)
  expect(late).toEqual(first)
  expect(requests).toBe(3)
})

test('unsubscribing aborts the request in flight', async () => {
  const aborted = Promise.withResolvers<void>()
  const hang = ((_url: URL, init: RequestInit) => {
    init.signal?.addEventListener('abort', () => aborted.resolve())
    subscription.unsubscribe()
    return new Promise(() => undefined)
  }) as typeof globalThis.fetch
  const running = run({ connector: tracker, config: { url }, loader: memoryLoader(), fetch: hang })
  const subscription = running.subscribe()
  await aborted.promise
})

test('rows that changed can be found by their text', async () => {
  const loader = memoryLoader()
  const store = memoryVectorStore()
  const provider = hashEmbeddings({ dimensions: 64 })
  const vectorizer = { provider, store, bridge: memoryVectorBridge(loader) }
  const summary = await runToEnd({ connector: tracker, config: { url }, loader, vectorizer })
  expect(summary).toMatchObject({ state: 'finished', totals: { embedded: 250 } })
  const [query] = await provider.embed(['Issue 42'], new AbortController().signal)
  const collection = { tenantId: 1, profile: `${provider.name}/64/v1`, dimensions: 64 }
  const [best] = await store.search(collection, { dense: query ?? new Float32Array(64), limit: 1 })
  const found = loader.rows(issues).find((row) => row.title === 'Issue 42')
  expect(best?.payload).toMatchObject({ entity: 'issues' })
  expect(best?.score).toBeCloseTo(1)
  expect(found?.external_id).toBe('I-42')
})

test('a text that cannot be embedded is one dead row, and the others can be found', async () => {
  const loader = memoryLoader()
  const store = memoryVectorStore()
  const hashes = hashEmbeddings({ dimensions: 16 })
  const provider: EmbeddingProvider = {
    ...hashes,
    embed: async (texts, signal) => {
      if (!texts.includes('Issue 42')) return hashes.embed(texts, signal)
      throw new MillraceError('EMBED_FAILED', { message: 'Failed to embed: the text is too bad.', retryable: false })
    },
  }
  const vectorizer = { provider, store, bridge: memoryVectorBridge(loader) }
  const summary = await runToEnd({ connector: tracker, config: { url }, loader, vectorizer })
  const poison = entityId(1, 1, 'issues', 'I-42')
  expect(summary).toMatchObject({ state: 'failed', totals: { embedded: 249 } })
  expect(summary.failures).toMatchObject([{ jobType: 'embed', payload: { entity: 'issues', keys: [poison] } }])
})

test('a census that was refused is believed when deletions are allowed', async () => {
  let ids = Array.from({ length: 100 }, (_, index) => `I-${index}`)
  const counted = defineConnector({
    name: 'counted',
    entities: [issues],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'counted_issues',
        body: z.array(z.string()),
        extract: async function* () {
          yield { body: JSON.stringify(ids), next: null }
        },
        *transform({ body }) {
          for (const id of body) yield issues.upsert({ id, title: id, updated: new Date(0) })
          yield issues.census(body)
        },
      }),
    ],
  })
  const loader = memoryLoader()
  const job = { connector: counted, config: {}, loader }
  await runToEnd(job)
  ids = ids.slice(0, 10)
  expect(await runToEnd(job)).toMatchObject({ state: 'failed', failures: [{ failure: { code: 'CENSUS_REFUSED' } }] })
  expect(loader.rows(issues)).toHaveLength(100)
  expect(await runToEnd({ ...job, allowDeletions: true })).toMatchObject({ state: 'finished' })
  expect(loader.rows(issues)).toHaveLength(10)
})

test('a 401 ends the run at once, with what to do', async () => {
  const fetch = (async () => new Response('{}', { status: 401 })) as typeof globalThis.fetch
  const summary = await runToEnd({ connector: tracker, config: { url }, loader: memoryLoader(), fetch })
  expect(summary).toMatchObject({
    state: 'failed',
    totals: { apiCalls: 1 },
    failures: [{ failure: { code: 'UNAUTHORIZED' } }],
  })
})
