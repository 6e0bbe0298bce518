import { createDice, fraction } from '../../random.ts'
import type { RepositoryFact } from './facts.ts'
import { DAY_MS, wholeSecond } from './repositories.ts'

const BIRTH_SALT = 0x62697274
const TOUCH_SALT = 0x746f7563
const FATE_SALT = 0x66617465
/** Nothing was touched for so long: longer than a careful client reads back, so that what it costs when nothing changed shows. */
const QUIET_MS = 600_000

/** The few facts that lists are sorted and filtered by, without drawing the rest of a life. */
export interface Outline {
  readonly createdAt: number
  readonly updatedAt: number
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED'
}

/**
 * The outline of a pull request that existed at the start: created in the order of numbers, quiet after some days, and
 * open only when it was touched lately.
 */
export const outlineOf = (
  seed: number,
  repository: RepositoryFact,
  number: number,
  count: number,
  now: number,
): Outline => {
  const span = now - repository.createdAt - 3_600_000
  const share = (number - 1 + fraction(seed, mixed(repository.index, number), BIRTH_SALT) * 0.9) / count
  const createdAt = wholeSecond(repository.createdAt + span * share)
  const dice = createDice(seed, mixed(repository.index, number), TOUCH_SALT)
  const livesFor = dice.below(dice.chance(0.1) ? 60 * DAY_MS : 6 * DAY_MS)
  const updatedAt = Math.max(createdAt, wholeSecond(Math.min(now - QUIET_MS, createdAt + 60_000 + livesFor)))
  const fate = fraction(seed, mixed(repository.index, number), FATE_SALT)
  const young = now - updatedAt < 20 * DAY_MS
  const state = (young && fate < 0.6) || fate < 0.01 ? 'OPEN' : fate < 0.85 ? 'MERGED' : 'CLOSED'
  return { createdAt, updatedAt, state }
}

/** More pull requests than any repository has. */
export const PLACES_PER_REPOSITORY = 1_000_003

/** One number from the place of a pull request. */
export const mixed = (repository: number, number: number): number => repository * PLACES_PER_REPOSITORY + number
