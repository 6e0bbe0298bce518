import { at, createDice } from '../../random.ts'
import type { RepositoryFact } from './facts.ts'
import { placedId } from './node-ids.ts'

export const ORGANIZATION = 'acme'
export const USER = 'ada-0'
const TOPICS = ['backend', 'frontend', 'infrastructure', 'library'] as const
const LANGUAGES = ['TypeScript', 'Go', 'Rust', 'Python'] as const
const WORDS = ['billing', 'gateway', 'search', 'ledger', 'mobile', 'console', 'agent', 'parser'] as const
const REPOSITORY_SALT = 0x7265706f
export const DAY_MS = 86_400_000

/** The repositories as they were created; what happens to them later is laid over. */
export const createRepositories = (seed: number, count: number, now: number): readonly RepositoryFact[] =>
  Array.from({ length: count }, (_, index) => {
    const dice = createDice(seed, index, REPOSITORY_SALT)
    const createdAt = wholeSecond(now - (400 + dice.below(2000)) * DAY_MS)
    // Every twentieth belongs to a person.
    const owner = index % 20 === 19 ? USER : ORGANIZATION
    return {
      index,
      id: placedId('R', index),
      databaseId: 100_000 + index,
      owner,
      name: `${at(WORDS, index % WORDS.length)}-${index}`,
      description: dice.chance(0.8) ? `The ${at(WORDS, index % WORDS.length)} of Acme.` : null,
      isArchived: index % 10 === 8,
      isFork: index % 14 === 6,
      isPrivate: dice.chance(0.6),
      topics: [at(TOPICS, index % TOPICS.length)],
      language: dice.pick(LANGUAGES),
      createdAt,
      updatedAt: wholeSecond(now - dice.below(30 * DAY_MS)),
      pushedAt: wholeSecond(now - dice.below(30 * DAY_MS)),
    }
  })

/** How many pull requests each repository has: a few have most of them. */
export const distribute = (total: number, repositories: number): readonly number[] => {
  const weights = Array.from({ length: repositories }, (_, index) => (index + 1) ** -0.7)
  const sum = weights.reduce((left, right) => left + right, 0)
  const counts = weights.map((weight) => Math.floor((weight / sum) * total))
  const rest = total - counts.reduce((left, right) => left + right, 0)
  return counts.map((count, index) => count + (index === 0 ? rest : 0))
}

/** GitHub's times have no fractions. */
export const wholeSecond = (ms: number): number => Math.floor(ms / 1000) * 1000
