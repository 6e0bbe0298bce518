import { createSiteClock, type SiteClock } from '../../jira/world/site-clock.ts'
import type { GithubSiteOptions } from '../github-options.ts'
import { createDraw } from './draw.ts'
import { applyEdit, type Edit } from './edits.ts'
import type { PullRequestFact, RepositoryFact } from './facts.ts'
import { type Crowd, createCrowd } from './people.ts'
import { mixed, type Outline, outlineOf } from './plan.ts'
import { createRepositories, distribute } from './repositories.ts'
import { createShipping, type Shipping } from './shipping.ts'

/** Everything that exists on the site. Nothing is kept but what changed since the start, and sort orders that were asked for. */
export interface World {
  readonly seed: number
  readonly clock: SiteClock
  readonly crowd: Crowd
  readonly shipping: Shipping
  /** How many repositories were ever created. */
  readonly repositories: () => number
  /** A repository as it is now; undefined when it was deleted. */
  readonly repository: (index: number) => RepositoryFact | undefined
  readonly changeRepository: (index: number, change: Partial<RepositoryFact>) => void
  readonly deleteRepository: (index: number) => void
  /** Indexes of what is deleted, ascending. */
  readonly deletedRepositories: () => readonly number[]
  /** As GitHub does on request: with all that was in it. */
  readonly restoreRepository: (index: number) => void
  /** By its present or a former name, in any case: GitHub redirects. */
  readonly findRepository: (owner: string, name: string) => RepositoryFact | undefined
  readonly pullRequests: (repository: number) => number
  readonly outline: (repository: number, number: number) => Outline
  readonly pullRequest: (repository: number, number: number) => PullRequestFact
  readonly edit: (repository: number, number: number, edit: Edit) => void
  readonly addPullRequest: (repository: number, createdAt: number) => number
  /** Numbers of pull requests, the latest update first. */
  readonly byUpdate: (repository: number) => readonly number[]
  /** Numbers of open pull requests, ascending. */
  readonly open: (repository: number) => readonly number[]
}

export const createWorld = (options: GithubSiteOptions): World => {
  const { seed, now } = options
  const crowd = createCrowd(seed)
  const draw = createDraw(seed, crowd, { longLists: options.longLists })
  const origin = createRepositories(seed, options.repositories, now)
  const initialCounts = distribute(options.pullRequests, options.repositories)
  const added = new Map<number, number[]>()
  const edits = new Map<number, Edit[]>()
  const changes = new Map<number, Partial<RepositoryFact>>()
  const deleted = new Set<number>()
  const formerNames = new Map<string, number>(origin.map(({ owner, name, index }) => [fullName(owner, name), index]))
  const orders = new Map<number, readonly number[]>()
  const openLists = new Map<number, readonly number[]>()

  const repository = (index: number): RepositoryFact | undefined => {
    const born = origin[index]
    return born && !deleted.has(index) ? { ...born, ...changes.get(index) } : undefined
  }
  const bornRepository = (index: number): RepositoryFact => {
    const born = origin[index]
    if (!born) throw new RangeError(`Failed to find repository ${index}: the site has ${origin.length}.`)
    return born
  }
  const countOf = (index: number): number => (initialCounts[index] ?? 0) + (added.get(index)?.length ?? 0)
  const bornOutline = (index: number, number: number): Outline => {
    const initial = initialCounts[index] ?? 0
    const late = added.get(index)?.[number - initial - 1]
    if (late !== undefined) return { createdAt: late, updatedAt: late, state: 'OPEN' }
    return outlineOf(seed, bornRepository(index), number, initial, now)
  }
  const pullRequest = (index: number, number: number): PullRequestFact => {
    const born = draw.pullRequest(bornRepository(index), number, bornOutline(index, number))
    const later = edits.get(mixed(index, number)) ?? []
    return later.reduce((pull, edit, order) => applyEdit(pull, edit, order, draw, crowd), born)
  }
  const outline = (index: number, number: number): Outline =>
    edits.has(mixed(index, number)) ? pullRequest(index, number) : bornOutline(index, number)
  const numbers = (index: number): number[] => Array.from({ length: countOf(index) }, (_, order) => order + 1)
  const forget = (index: number): void => {
    orders.delete(index)
    openLists.delete(index)
  }

  return {
    seed,
    clock: createSiteClock(now, options.clockRuns),
    crowd,
    shipping: createShipping(seed, crowd, now),
    repositories: () => origin.length,
    repository,
    changeRepository: (index, change) => {
      changes.set(index, { ...changes.get(index), ...change })
      const present = repository(index)
      if (present) formerNames.set(fullName(present.owner, present.name), index)
    },
    deleteRepository: (index) => {
      deleted.add(index)
    },
    deletedRepositories: () => [...deleted].sort((left, right) => left - right),
    restoreRepository: (index) => {
      deleted.delete(index)
    },
    findRepository: (owner, name) => {
      const index = formerNames.get(fullName(owner, name))
      return index === undefined ? undefined : repository(index)
    },
    pullRequests: countOf,
    outline,
    pullRequest,
    edit: (index, number, edit) => {
      const place = mixed(index, number)
      edits.set(place, [...(edits.get(place) ?? []), edit])
      forget(index)
    },
    addPullRequest: (index, createdAt) => {
      added.set(index, [...(added.get(index) ?? []), createdAt])
      forget(index)
      return countOf(index)
    },
    byUpdate: (index) => {
      const known = orders.get(index)
      if (known) return known
      const times = new Map(numbers(index).map((number) => [number, outline(index, number).updatedAt]))
      const order = [...times.keys()].sort(
        (left, right) => (times.get(right) ?? 0) - (times.get(left) ?? 0) || right - left,
      )
      orders.set(index, order)
      return order
    },
    open: (index) => {
      const known = openLists.get(index)
      if (known) return known
      const found = numbers(index).filter((number) => outline(index, number).state === 'OPEN')
      openLists.set(index, found)
      return found
    },
  }
}

const fullName = (owner: string, name: string): string => `${owner}/${name}`.toLowerCase()
