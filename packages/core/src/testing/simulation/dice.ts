import type { Random } from '../../ports/random.ts'

/** The one source of chance of a simulation: whatever happens next is decided here, so that a seed tells everything. */
export interface Dice {
  /** True with this probability. */
  chance(probability: number): boolean
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** One of them. */
  pick<Item>(items: readonly Item[]): Item
  readonly random: Random
}

export function dice(random: Random): Dice {
  const between = (least: number, most: number): number => least + Math.floor(random.next() * (most - least + 1))
  return {
    chance: (probability) => random.next() < probability,
    between,
    pick: <Item>(items: readonly Item[]): Item => {
      if (items.length === 0) throw new RangeError('there is nothing to pick from')
      return items[between(0, items.length - 1)] as Item
    },
    random,
  }
}
