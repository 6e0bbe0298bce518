import type { Dice } from '../dice.ts'
import type { TrackerShape } from './tracker-shape.ts'

export interface SourceBoard {
  readonly id: string
  title: string
  revision: number
  updated: number
}

export interface SourceNote {
  readonly id: string
  text: string
  revision: number
  deleted: boolean
}

export interface SourceCard {
  readonly id: string
  board: string
  text: string
  revision: number
  updated: number
  labels: { readonly label: string; readonly colour: string }[]
  readonly notes: SourceNote[]
  deleted: boolean
  poison: boolean
  killer: boolean
}

/** Cards with this word in their text cannot be embedded. */
export const UNEMBEDDABLE = 'unspeakable'

/**
 * What one tenant's account at the simulated provider holds. It only changes through `edit`, which keeps the promises that
 * a real provider makes: whatever changes a record moves its time of update, and the time never goes back.
 */
export interface TrackerSource {
  readonly tenantId: number
  readonly boards: readonly SourceBoard[]
  readonly cards: readonly SourceCard[]
  /** When something changed last, in virtual milliseconds since the epoch. */
  readonly changedAt: number
  /** Changes something by chance, and says what. */
  edit(): string
}

const WORDS = ['apple', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heron']
const COLOURS = ['red', 'green', 'blue']

export interface TrackerSize {
  readonly boards: number
  readonly cardsPerBoard: number
  readonly notesPerCard: number
}

export function trackerSource(
  tenantId: number,
  shape: TrackerShape,
  size: TrackerSize,
  dice: Dice,
  now: () => number,
): TrackerSource {
  const boards: SourceBoard[] = []
  const cards: SourceCard[] = []
  let lastId = 0
  let changedAt = now()

  const id = (kind: string): string => {
    lastId += 1
    return `t${tenantId}-${kind}${lastId}`
  }
  const words = (): string => `tenant${tenantId} ${dice.pick(WORDS)} ${dice.pick(WORDS)} ${dice.between(1, 99)}`
  const touch = (card: SourceCard): void => {
    card.revision += 1
    card.updated = now()
  }
  const addBoard = (): SourceBoard => {
    const board = { id: id('b'), title: words(), revision: 1, updated: now() }
    boards.push(board)
    return board
  }
  const addNote = (card: SourceCard): void => {
    card.notes.push({ id: id('n'), text: words(), revision: 1, deleted: false })
  }
  const labelsByChance = (): SourceCard['labels'] =>
    ['bug', 'idea', 'task']
      .filter(() => shape.labels && dice.chance(0.5))
      .map((label) => ({ label, colour: dice.pick(COLOURS) }))
  const addCard = (board: SourceBoard): SourceCard => {
    const card: SourceCard = {
      id: id('c'),
      board: board.id,
      text: words(),
      revision: 1,
      updated: now(),
      labels: labelsByChance(),
      notes: [],
      deleted: false,
      poison: false,
      killer: false,
    }
    for (let index = 0; index < size.notesPerCard && shape.notes !== 'none'; index += 1) {
      if (dice.chance(0.5)) addNote(card)
    }
    cards.push(card)
    return card
  }

  const cardEdits: { readonly [what: string]: (card: SourceCard) => void } = {
    'rewrites card': (card) => {
      card.text = words()
    },
    'touches card': () => undefined,
    'labels card': (card) => {
      card.labels = labelsByChance()
    },
    'moves card': (card) => {
      card.board = dice.pick(boards).id
    },
    'deletes card': (card) => {
      card.deleted = true
    },
    'restores card': (card) => {
      card.deleted = false
    },
    'rewrites a note of': (card) => {
      if (card.notes.length === 0) return
      const note = dice.pick(card.notes)
      note.text = words()
      note.revision += 1
    },
    'deletes or restores a note of': (card) => {
      if (card.notes.length === 0) return
      const note = dice.pick(card.notes)
      note.deleted = !note.deleted
    },
    'adds a note to': (card) => {
      if (shape.notes !== 'none' && card.notes.length < 3) addNote(card)
    },
    ...(shape.poison && {
      'poisons or heals card': (card: SourceCard) => {
        card.poison = !card.poison
      },
    }),
    ...(shape.killers && {
      'makes a killer of card': (card: SourceCard) => {
        card.killer = !card.killer
      },
    }),
    ...(shape.unembeddable && {
      'makes unspeakable card': (card: SourceCard) => {
        card.text = `${words()} ${UNEMBEDDABLE}`
      },
    }),
  }

  for (let board = 0; board < size.boards; board += 1) {
    const added = addBoard()
    for (let card = 0; card < size.cardsPerBoard; card += 1) addCard(added)
  }

  return {
    tenantId,
    boards,
    cards,
    get changedAt() {
      return changedAt
    },
    edit: () => {
      changedAt = now()
      if (cards.length === 0 || dice.chance(0.1)) return `adds card ${addCard(dice.pick(boards)).id}`
      if (boards.length < size.boards + 1 && dice.chance(0.03)) return `adds board ${addBoard().id}`
      if (dice.chance(0.1)) {
        const board = dice.pick(boards)
        Object.assign(board, { title: words(), revision: board.revision + 1, updated: now() })
        return `renames board ${board.id}`
      }
      const [what, change] = dice.pick(Object.entries(cardEdits))
      const card = dice.pick(cards)
      change(card)
      touch(card)
      return `${what} ${card.id}`
    },
  }
}
