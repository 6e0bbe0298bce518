import type { Dice } from '../dice.ts'

/** What a simulated connector looks like: its graph of steps, its pages and what may go wrong in its records. */
export interface TrackerShape {
  /** Records on a page. */
  readonly pageSize: number
  /** Cards are read board by board, from the rows that the step before has loaded; otherwise from the provider's list. */
  readonly cardsAfterBoards: boolean
  /** Whether a bad card leaves its page alone. */
  readonly items: boolean
  /** Cards have labels, which are replaced with them. */
  readonly labels: boolean
  /** Notes of a card are a unit that its page spawns, or one that is planned, perhaps after the cards. */
  readonly notes: 'none' | 'spawned' | 'planned' | 'planned after cards'
  /** A second step reads the same cards by another road at the same time. */
  readonly recent: boolean
  /** Cards and notes have texts that are embedded. */
  readonly embedded: boolean
  /** Cards that the transformer cannot read may turn up. */
  readonly poison: boolean
  /** Cards that kill the process that transforms them may turn up. */
  readonly killers: boolean
  /** Texts that cannot be embedded may turn up. */
  readonly unembeddable: boolean
}

export function drawShape(dice: Dice): TrackerShape {
  return {
    pageSize: dice.between(1, 3),
    cardsAfterBoards: dice.chance(0.5),
    items: dice.chance(0.6),
    labels: dice.chance(0.6),
    notes: dice.pick(['none', 'spawned', 'spawned', 'planned', 'planned after cards'] as const),
    recent: dice.chance(0.5),
    embedded: dice.chance(0.7),
    poison: dice.chance(0.3),
    killers: dice.chance(0.1),
    unembeddable: dice.chance(0.15),
  }
}
