import { at, fraction, mix } from '../../random.ts'
import type { Project } from './projects.ts'

const DAY_MS = 86_400_000

/** How long a base history reaches back from the simulated present. */
const SPAN_MS = 3 * 365 * DAY_MS

/** Issue ids start here and follow the order of creation. */
const FIRST_ISSUE_ID = 10_000

const SALT = { slot: 11, jitter: 12, life: 13, lifeLength: 14, histories: 15, historyCount: 16, idle: 17 }

/** Issues that were created after the base history, spread over (after, until]. */
export interface Addition {
  readonly first: number
  readonly count: number
  readonly after: number
  readonly until: number
}

/**
 * Where and when issue number `index` of the site was born, by arithmetic alone.
 *
 * Issues are created in rounds; a round gives each project as many issues as its weight, in an order drawn from the
 * seed. Creation times rise strictly with the index, so the order of creation, of ids, and of indexes is one order.
 */
export interface CensusPlan {
  readonly baseCount: number
  readonly projectOf: (index: number) => Project
  readonly numberOf: (index: number) => number
  /** The issue born with this number in a project, whether or not that many issues exist yet. */
  readonly indexOf: (project: Project, number: number) => number
  readonly createdAt: (index: number, additions: readonly Addition[]) => number
  /** When the base history last touched the issue. */
  readonly touchedAt: (index: number, additions: readonly Addition[]) => number
  /** How many changes the base history records: most issues few, some none, some more than a hundred. */
  readonly historyCount: (index: number) => number
}

export const issueIdOf = (index: number): string => String(FIRST_ISSUE_ID + index)
export const indexOfIssueId = (id: string): number => Number(id) - FIRST_ISSUE_ID

export const createCensusPlan = (
  seed: number,
  count: number,
  projects: readonly Project[],
  present: number,
  quiet: boolean,
): CensusPlan => {
  const live = projects.filter(({ state }) => state === 'live')
  const round = shuffledRound(seed, live)
  const ranks = round.map((project, slot) => round.slice(0, slot).filter((earlier) => earlier === project).length)
  const slots = live.map((project) => round.flatMap((owner, slot) => (owner === project ? [slot] : [])))
  const origin = present - SPAN_MS
  const step = Math.max(1, Math.floor(SPAN_MS / Math.max(1, count)))

  const projectOf = (index: number): Project => at(round, index % round.length)
  const numberOf = (index: number): number =>
    Math.floor(index / round.length) * projectOf(index).weight + at(ranks, index % round.length) + 1

  const createdAt = (index: number, additions: readonly Addition[]): number => {
    if (index < count) {
      return origin + Math.floor((index * SPAN_MS) / count) + Math.floor(fraction(seed, index, SALT.jitter) * step)
    }
    const batch = additions.find(({ first, count: size }) => index >= first && index < first + size)
    if (batch === undefined) throw new RangeError(`Failed to date issue ${index}: it has not been created.`)
    return batch.after + Math.ceil(((batch.until - batch.after) * (index - batch.first + 1)) / batch.count)
  }

  const historyCount = (index: number): number => {
    if (index >= count) return 0
    const share = fraction(seed, index, SALT.histories)
    const within = fraction(seed, index, SALT.historyCount)
    if (quiet) return share < 0.3 ? 0 : 1 + Math.floor(within * (share < 0.9 ? 2 : 6))
    if (share < 0.08) return 0
    if (share < 0.88) return 1 + Math.floor(within * 9)
    if (share < 0.975) return 10 + Math.floor(within * 31)
    if (share < 0.995) return 41 + Math.floor(within * 60)
    return 101 + Math.floor(within * 60)
  }

  const touchedAt = (index: number, additions: readonly Addition[]): number => {
    const created = createdAt(index, additions)
    if (index >= count) return created
    if (historyCount(index) === 0 && fraction(seed, index, SALT.idle) < 0.7) return created
    const age = present - created
    const kind = fraction(seed, index, SALT.life)
    const within = fraction(seed, index, SALT.lifeLength)
    const wanted =
      kind < 0.6
        ? DAY_MS + within * 30 * DAY_MS
        : kind < 0.85
          ? within * 180 * DAY_MS
          : kind < 0.97
            ? within * age
            : age - within * 14 * DAY_MS
    return created + Math.floor(wanted > 0 && wanted < age ? wanted : within * age)
  }

  return {
    baseCount: count,
    projectOf,
    numberOf,
    indexOf: (project, number) => {
      const owned = at(slots, project.index)
      return Math.floor((number - 1) / owned.length) * round.length + at(owned, (number - 1) % owned.length)
    },
    createdAt,
    touchedAt,
    historyCount,
  }
}

/** One round of creation: every live project as often as its weight, shuffled. */
const shuffledRound = (seed: number, live: readonly Project[]): readonly Project[] =>
  live
    .flatMap((project) => Array.from({ length: project.weight }, (_, copy) => ({ project, copy })))
    .map(({ project, copy }) => ({ project, rank: mix(seed, project.index * 100 + copy, SALT.slot) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ project }) => project)
