import { z } from 'zod'
import { defineEntity } from '../../../contracts/entity.ts'

export const boards = defineEntity({
  name: 'sim_boards',
  key: 'id',
  version: 'updated',
  columns: z.object({ id: z.string(), title: z.string(), revision: z.int(), updated: z.coerce.date() }),
})

export const cards = defineEntity({
  name: 'sim_cards',
  key: 'id',
  version: 'updated',
  references: { board_id: boards },
  columns: z.object({
    id: z.string(),
    board_id: z.string(),
    text: z.string(),
    revision: z.int(),
    updated: z.coerce.date(),
  }),
  embed: (row) => row.text,
})

export const labels = defineEntity({
  name: 'sim_labels',
  key: ['card_id', 'label'],
  parent: 'card_id',
  references: { card_id: cards },
  columns: z.object({ card_id: z.string(), label: z.string(), colour: z.string() }),
})

/** Notes have no time of update: the order of requests is all that tells their versions apart. */
export const notes = defineEntity({
  name: 'sim_notes',
  key: 'id',
  references: { card_id: cards },
  columns: z.object({ id: z.string(), card_id: z.string(), text: z.string(), revision: z.int() }),
  embed: (row) => row.text,
})

/** Tables of the simulated connector. A store that keeps real tables makes them once and empties them between seeds. */
export const trackerEntities = [boards, cards, labels, notes] as const

const next = z.string().nullable()

export const boardPage = z.object({ boards: z.array(boards.columns), next })
export const notePage = z.object({ notes: z.array(notes.columns.extend({ deleted: z.boolean() })), next })
export const cardPage = z.object({
  cards: z.array(
    cards.columns.extend({
      labels: z.array(z.object({ label: z.string(), colour: z.string() })),
      deleted: z.boolean(),
      poison: z.boolean(),
      killer: z.boolean(),
    }),
  ),
  next,
})
export type CardRecord = z.output<typeof cardPage>['cards'][number]
