import { z } from 'zod'
import type { Change } from '../../../contracts/change.ts'
import { type Connector, defineConnector } from '../../../contracts/connector.ts'
import type { Context } from '../../../contracts/context.ts'
import type { AnyStep, DefineStep, Page } from '../../../contracts/step.ts'
import {
  boardPage,
  boards,
  type CardRecord,
  cardPage,
  cards,
  labels,
  notePage,
  notes,
  trackerEntities,
} from './tracker-entities.ts'
import type { TrackerShape } from './tracker-shape.ts'

const TRACKER_URL = 'https://tracker.test'

/** How far windows reach back; short, so that most records of an unchanged source are not read again. */
const OVERLAP_MS = 10_000

type Config = { token: string }
type Reader = Pick<Context<Config>, 'fetch' | 'config'>

/**
 * The connector of one simulated process.
 *
 * @param kill called in the middle of `transform` by a record that takes its process down
 */
export function trackerConnector(shape: TrackerShape, kill: () => void): Connector {
  return defineConnector({
    name: 'tracker',
    config: z.object({ token: z.string() }),
    entities: trackerEntities,
    overlapMs: OVERLAP_MS,
    async check(ctx) {
      await get(ctx, '/boards')
      return { account: 'simulated' }
    },
    steps: (step) => trackerSteps(step, shape, (card) => cardChanges(card, shape, kill)),
  })
}

function trackerSteps(
  step: DefineStep<Config>,
  shape: TrackerShape,
  changesOf: (card: CardRecord) => Iterable<Change>,
): readonly AnyStep[] {
  const list = step({
    name: 'tracker_boards',
    cursor: z.string(),
    body: boardPage,
    extract: ({ from }, ctx) => pages(ctx, '/boards', undefined, from),
    *transform({ body }) {
      for (const board of body.boards) yield boards.upsert(board)
    },
  })

  const notesStep = (after: readonly AnyStep[]) =>
    step({
      name: 'tracker_notes',
      unit: z.object({ card: z.string() }),
      cursor: z.string(),
      body: notePage,
      items: 'notes',
      after,
      async *units(ctx) {
        if (shape.notes === 'spawned') return
        const { ids } = JSON.parse(await get(ctx, '/ids')) as { ids: string[] }
        for (const card of ids) yield { card }
      },
      extract: ({ unit, from }, ctx) => pages(ctx, `/cards/${unit.card}/notes`, undefined, from),
      *transform({ body }) {
        for (const { deleted, ...note } of body.notes) yield deleted ? notes.delete(note.id) : notes.upsert(note)
      },
    })
  const spawned = shape.notes === 'spawned' ? notesStep([]) : undefined

  const read = step({
    name: 'tracker_cards',
    unit: z.object({ board: z.string() }),
    cursor: z.string(),
    body: cardPage,
    after: shape.cardsAfterBoards ? [list] : [],
    reads: shape.cardsAfterBoards ? [boards] : [],
    spawns: spawned ? [spawned] : [],
    ...(shape.items && { items: 'cards' as const }),
    async *units(ctx) {
      if (shape.cardsAfterBoards) {
        for await (const rows of ctx.rows(boards)) for (const row of rows) yield { board: String(row.external_id) }
        return
      }
      for await (const { body } of pages(ctx, '/boards')) {
        for (const { id } of (JSON.parse(body) as { boards: { id: string }[] }).boards) yield { board: id }
      }
    },
    async *extract({ unit, from }, ctx) {
      for await (const page of pages(ctx, `/boards/${unit.board}/cards`, ctx.window.since, from)) {
        const ids = (JSON.parse(page.body) as { cards: { id: string }[] }).cards.map((card) => card.id)
        yield { ...page, spawn: ids.flatMap((card) => spawned?.spawn({ card }) ?? []) }
      }
    },
    *transform({ body }, lookup) {
      for (const card of body.cards) {
        // The step waits for the boards, so their rows must be there: otherwise it did not wait.
        if (shape.cardsAfterBoards && !lookup.get(boards, card.board_id)) {
          throw new Error(`board ${card.board_id} of card ${card.id} was not loaded before`)
        }
        yield* changesOf(card)
      }
    },
  })

  const recent = step({
    name: 'tracker_recent',
    cursor: z.string(),
    body: cardPage,
    extract: ({ from }, ctx) => pages(ctx, '/cards', ctx.window.since, from),
    *transform({ body }) {
      for (const card of body.cards) yield* changesOf(card)
    },
  })
  const planned = shape.notes.startsWith('planned')
    ? [notesStep(shape.notes === 'planned after cards' ? [read] : [])]
    : []
  return [list, read, ...(spawned ? [spawned] : planned), ...(shape.recent ? [recent] : [])]
}

function* cardChanges(card: CardRecord, shape: TrackerShape, kill: () => void): Iterable<Change> {
  if (card.killer) kill()
  if (card.poison) throw new Error(`card ${card.id} is poison`)
  if (card.deleted) {
    yield cards.delete(card.id)
    if (shape.labels) yield labels.replace(card.id, [])
    return
  }
  const { id, board_id, text, revision, updated } = card
  yield cards.upsert({ id, board_id, text, revision, updated })
  if (!shape.labels) return
  const rows = card.labels.map((label) => ({ card_id: id, ...label }))
  yield labels.replace(id, rows)
}

async function get(ctx: Reader, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${ctx.config.token}` }
  const response = await ctx.fetch(`${TRACKER_URL}${path}`, { headers })
  if (!response.ok) throw new Error(`the tracker answered ${response.status} to ${path}`)
  return response.text()
}

/** The pages of a list, one request each. */
async function* pages(
  ctx: Reader,
  path: string,
  since?: Date,
  from?: string,
): AsyncGenerator<Page<string> & { readonly body: string }, void, undefined> {
  for (let after = from; ; ) {
    const parameters = new URLSearchParams()
    if (since) parameters.set('since', since.toISOString())
    if (after !== undefined) parameters.set('after', after)
    const body = await get(ctx, `${path}?${parameters}`)
    const { next } = JSON.parse(body) as { next: string | null }
    yield { body, next }
    if (next === null) return
    after = next
  }
}
