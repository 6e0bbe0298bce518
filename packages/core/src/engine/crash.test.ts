import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { runGraph } from '../contracts/run-graph-of.ts'
import { hashEmbeddings, memoryVectorStore } from '../index.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { systemClock } from '../system/system-clock.ts'
import { type Fate, incarnation } from '../testing/incarnation.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { profileOf } from '../vectors/documents.ts'
import { createRuntime } from './runtime.ts'

const boards = defineEntity({ name: 'boards', key: 'id', columns: z.object({ id: z.string(), title: z.string() }) })
const cards = defineEntity({
  name: 'cards',
  key: 'id',
  columns: z.object({ id: z.string(), board_id: z.string(), text: z.string() }),
  references: { board_id: boards },
  embed: (row) => row.text,
})
const labels = defineEntity({
  name: 'labels',
  key: ['card_id', 'label'],
  parent: 'card_id',
  columns: z.object({ card_id: z.string(), label: z.string() }),
  references: { card_id: cards },
})

const BOARDS = ['a', 'b', 'c']
const CARDS = 7
const PAGE = 2
const MAX_LIVES = 400

const kanban = defineConnector({
  name: 'kanban',
  config: z.object({}),
  entities: [boards, cards, labels],
  steps: (step) => {
    const list = step({
      name: 'kanban_boards',
      body: z.array(z.object({ id: z.string() })),
      async *extract() {
        yield { body: JSON.stringify(BOARDS.map((id) => ({ id }))), next: null }
      },
      *transform({ body }) {
        for (const { id } of body) yield boards.upsert({ id, title: `Board ${id}` })
      },
    })
    const notes = step({
      name: 'kanban_notes',
      unit: z.object({ card: z.string() }),
      body: z.object({ card: z.string() }),
      async *extract({ unit }) {
        yield { body: JSON.stringify(unit), next: null }
      },
      *transform({ body }) {
        yield labels.replace(body.card, [{ card_id: body.card, label: 'noted' }])
      },
    })
    const read = step({
      name: 'kanban_cards',
      after: [list],
      spawns: [notes],
      reads: [boards],
      unit: z.object({ board: z.string() }),
      cursor: z.number(),
      body: z.object({ cards: z.array(cards.columns) }),
      items: 'cards',
      async *units(ctx) {
        for await (const rows of ctx.rows(boards)) for (const row of rows) yield { board: String(row.external_id) }
      },
      async *extract({ unit, from = 0 }) {
        for (let start = from; ; start += PAGE) {
          const ids = Array.from({ length: CARDS }, (_, index) => `${unit.board}${index}`).slice(start, start + PAGE)
          const body = JSON.stringify({ cards: ids.map((id) => ({ id, board_id: unit.board, text: `Card ${id}` })) })
          const last = start + PAGE >= CARDS
          yield { body, next: last ? null : start + PAGE, spawn: ids.map((card) => notes.spawn({ card })) }
          if (last) return
        }
      },
      *transform({ body }, lookup) {
        for (const card of body.cards) {
          const board = lookup.get(boards, card.board_id)
          yield cards.upsert({ ...card, text: `${card.text} of ${board?.title}` })
        }
      },
    })
    return [list, read, notes]
  },
})

/** Runs the job to its end through as many lives as it takes, and returns what is left in every store. */
async function liveUntilDone(decide: (life: number) => (call: string) => Fate): Promise<object> {
  const jobStore = jobsOf('kanban')
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const loader = memoryLoader()
  const store = memoryVectorStore()
  const bridge = memoryVectorBridge(loader)
  const provider = hashEmbeddings({ dimensions: 16 })
  const newer = hashEmbeddings({ dimensions: 8 })
  const graph = runGraph(kanban, {}, { fullSync: false })
  const request = { jobId: 1, tenantId: 1, graph, mode: 'incremental', options: {}, maxAttempts: MAX_LIVES } as const
  const { runId } = await ledger.startRun(request)

  let lives = 0
  for (; lives < MAX_LIVES; lives += 1) {
    const life = incarnation(decide(lives))
    const runtime = createRuntime({
      connectors: [kanban],
      ledger: life.wrap('ledger', ledger),
      jobStore: life.wrap('jobs', jobStore),
      loader: life.wrap('loader', loader),
      vectorizer: {
        provider: life.wrap('provider', provider),
        // A model that is being built, whose collection receives every change too.
        also: [life.wrap('newer', newer)],
        store: life.wrap('store', store),
        bridge: life.wrap('bridge', bridge),
      },
      clock: life.wrap('clock', systemClock),
      // Both ways to transform a page, and pages that one life stores and another transforms.
      transformAtOnce: lives % 2 === 0,
    })
    void runtime.start()
    const ended = firstValueFrom(ledger.changes.pipe(filter((change) => change.kind === 'status'))).then(
      async function wait(): Promise<'ended'> {
        const run = await ledger.run(runId)
        if (run?.state !== 'running') return 'ended'
        return firstValueFrom(ledger.changes.pipe(filter((change) => change.kind === 'status'))).then(wait)
      },
    )
    if ((await ledger.run(runId))?.state !== 'running') break
    const outcome = await Promise.race([life.died, ended])
    life.kill()
    if (outcome === 'ended') break
  }
  const run = await ledger.run(runId)
  const points: string[] = []
  for (const model of [provider, newer]) {
    const collection = { tenantId: 1, profile: profileOf(model), dimensions: model.dimensions }
    for await (const page of store.points(collection)) points.push(...page.map((point) => point.id))
  }
  const scope = { tenantId: 1, integrationId: 1, entity: cards, profile: profileOf(newer) }
  const bridged = (await Array.fromAsync(bridge.list(scope))).flat().map(({ state }) => state)
  const tables = Object.fromEntries([boards, cards, labels].map((entity) => [entity.name, loader.rows(entity)]))
  const counters = run?.counters.map(({ step, stage, state, planned, done, dead }) =>
    [step, stage, state, planned, done, dead].join(' '),
  )
  const failures = (await ledger.deadRows(runId, 5)).map(({ failure }) => failure.message)
  return { state: run?.state, failures, tables, points: points.sort(), bridged, counters, lives }
}

test('a process that may die before and after every call leaves the same rows, vectors and counters', {
  timeout: 300_000,
}, async () => {
  const { lives: _, ...undisturbed } = (await liveUntilDone(() => () => 'go')) as { lives: number }
  const bridged = Array.from({ length: BOARDS.length * CARDS }, () => 'ready')
  expect(undisturbed).toMatchObject({ state: 'finished', failures: [], bridged })
  expect((undisturbed as { points?: readonly string[] }).points).toHaveLength(2 * bridged.length)
  let lives = 0
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = seededRandom(seed)
    const disturbed = (await liveUntilDone(() => (call) => {
      if (call.startsWith('clock.') && call !== 'clock.sleep') return 'go'
      const dice = random.next()
      return dice < 0.015 ? 'crash-before' : dice < 0.03 ? 'crash-after' : 'go'
    })) as { lives: number; counters: readonly string[] }
    const { lives: used, ...end } = disturbed
    lives += used
    expect(withoutEmbedding(end), `seed ${seed}`).toEqual(withoutEmbedding(undisturbed))
  }
  expect(lives).toBeGreaterThan(40)
})

/** How many embed rows were needed depends on how often rows were found changed; everything else must be the same. */
function withoutEmbedding(end: object): object {
  const { counters, ...rest } = end as { readonly counters?: readonly string[] }
  return { ...rest, counters: counters?.filter((line) => !line.includes(' embedding ')) }
}
