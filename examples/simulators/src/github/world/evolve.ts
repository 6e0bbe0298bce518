import { createDice, type Dice } from '../../random.ts'
import { PULL_REQUEST_EDITS, type PullRequestEdit, SILENT } from './edits.ts'
import type { RepositoryFact } from './facts.ts'
import { ORGANIZATION, USER, wholeSecond } from './repositories.ts'
import type { World } from './world.ts'

export interface GithubEvolveRequest {
  /** How many edits happen to pull requests, of any kind. */
  readonly edits?: number
  /** How many edits of a kind happen besides. */
  readonly only?: Readonly<Partial<Record<PullRequestEdit, number>>>
  /** New pull requests, open. */
  readonly additions?: number
  readonly renames?: number
  /** Repositories that go from the organization to the person or back: names change, ids stay. */
  readonly transfers?: number
  readonly archives?: number
  readonly deletions?: number
  /** Repositories that are back, or in sight again, with all that was in them. */
  readonly restorations?: number
  readonly releases?: number
  readonly releaseEdits?: number
  readonly releaseWithdrawals?: number
  readonly deployments?: number
  /** Deployments that are removed. */
  readonly deploymentRemovals?: number
  /** How much time passes meanwhile. @default 3_600_000, or 0 when the clock runs by itself */
  readonly advanceMs?: number
}

export interface GithubEvolveReport {
  readonly from: number
  readonly until: number
  readonly edited: readonly { readonly id: string; readonly edit: PullRequestEdit }[]
  readonly added: readonly string[]
  readonly renamed: readonly { readonly id: string; readonly from: string; readonly to: string }[]
  readonly archived: readonly string[]
  readonly deleted: readonly string[]
}

const EVOLVE_SALT = 0x65766f
const TRIES = 200

/** Lets time pass on a site. The same requests in the same order lead to the same site, however it is read meanwhile. */
export const createGithubEvolve = (
  world: World,
  defaultAdvanceMs: number,
): ((request: GithubEvolveRequest) => GithubEvolveReport) => {
  let turn = 0
  return (request) => {
    turn += 1
    const dice = createDice(world.seed, turn, EVOLVE_SALT)
    const from = world.clock.now()
    world.clock.advance(request.advanceMs ?? defaultAdvanceMs)
    const until = world.clock.now()
    const instant = (): number => Math.max(wholeSecond(from) + 1000, wholeSecond(from + dice.below(until - from + 1)))

    const kinds = [
      ...Array.from({ length: request.edits ?? 0 }, () => dice.pick(PULL_REQUEST_EDITS)),
      ...Object.entries(request.only ?? {}).flatMap(([kind, count]) =>
        Array.from({ length: count }, () => kind as PullRequestEdit),
      ),
    ]
    const edited = kinds.flatMap((kind) => {
      const found = choosePullRequest(world, dice, SILENT.has(kind))
      if (!found) return []
      const [repository, number] = found
      const { id, updatedAt } = world.pullRequest(repository, number)
      world.edit(repository, number, { kind, at: Math.max(instant(), updatedAt), roll: dice.below(0x7fff_ffff) })
      return [{ id, edit: kind }]
    })
    const added = Array.from({ length: request.additions ?? 0 }, instant)
      .sort((left, right) => left - right)
      .flatMap((when) => {
        const repository = chooseRepository(world, dice)
        if (!repository) return []
        const number = world.addPullRequest(repository.index, when)
        return [world.pullRequest(repository.index, number).id]
      })
    const renameTo = (rename: (repository: RepositoryFact) => Partial<RepositoryFact>, count = 0) =>
      Array.from({ length: count }).flatMap(() => {
        const repository = chooseRepository(world, dice)
        if (!repository) return []
        world.changeRepository(repository.index, { ...rename(repository), updatedAt: instant() })
        const after = world.repository(repository.index) ?? repository
        const { id } = repository
        return [{ id, from: `${repository.owner}/${repository.name}`, to: `${after.owner}/${after.name}` }]
      })
    const renamed = [
      ...renameTo(({ name }) => ({ name: `${name}-v${turn}` }), request.renames),
      ...renameTo(({ owner }) => ({ owner: owner === USER ? ORGANIZATION : USER }), request.transfers),
    ]
    const archived = renameTo(() => ({ isArchived: true }), request.archives).map(({ id }) => id)
    for (const index of world.deletedRepositories().slice(0, request.restorations ?? 0)) world.restoreRepository(index)
    const deleted = Array.from({ length: request.deletions ?? 0 }).flatMap(() => {
      const repository = chooseRepository(world, dice)
      if (!repository) return []
      world.deleteRepository(repository.index)
      return [repository.id]
    })
    const ship = (count: number | undefined, change: (repository: RepositoryFact) => void): void => {
      for (let order = 0; order < (count ?? 0); order += 1) {
        const repository = chooseRepository(world, dice)
        if (repository) change(repository)
      }
    }
    const { shipping } = world
    // In the order of their times, as everything else is listed.
    const times = (count = 0): number[] => Array.from({ length: count }, instant).sort((left, right) => left - right)
    const releaseTimes = times(request.releases)
    ship(request.releases, (repository) => shipping.publish(repository, releaseTimes.shift() ?? until))
    ship(request.releaseEdits, (repository) => shipping.editRelease(repository, instant(), dice))
    ship(request.releaseWithdrawals, (repository) => shipping.withdrawRelease(repository, dice))
    const deployTimes = times(request.deployments)
    ship(request.deployments, (repository) => shipping.deploy(repository, deployTimes.shift() ?? until))
    ship(request.deploymentRemovals, (repository) => shipping.removeDeployment(repository, dice))
    return { from, until, edited, added, renamed, archived, deleted }
  }
}

const chooseRepository = (world: World, dice: Dice): RepositoryFact | undefined => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = world.repository(dice.below(world.repositories()))
    if (found) return found
  }
  return undefined
}

/** Any pull request, or an open one: what nobody tells about can only be seen by looking at those again. */
const choosePullRequest = (world: World, dice: Dice, openOnly: boolean): readonly [number, number] | undefined => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const index = dice.below(world.repositories())
    const count = world.pullRequests(index)
    if (!world.repository(index) || count === 0) continue
    if (!openOnly) return [index, 1 + dice.below(count)]
    const open = world.open(index)
    if (open.length > 0) return [index, dice.pick(open)]
  }
  return undefined
}
