import { createDice, type Dice, hex } from '../../random.ts'
import type { DeploymentFact, ReleaseFact, RepositoryFact } from './facts.ts'
import { placedId } from './node-ids.ts'
import type { Crowd } from './people.ts'
import { wholeSecond } from './repositories.ts'

const RELEASE_SALT = 0x72656c65
const DEPLOYMENT_SALT = 0x6465706c
const ENVIRONMENTS = ['production', 'staging'] as const
/** Beyond two pages of anybody. */
const MANY = 210
const SHARE_WITH_MANY = 0.1
/** Of what was not there at the start. */
const FIRST_LATE_SERIAL = 1000

/** What a repository ships. Nothing is kept of repositories that nobody asked about. */
export interface Shipping {
  readonly releases: (repository: RepositoryFact) => readonly ReleaseFact[]
  readonly deployments: (repository: RepositoryFact) => readonly DeploymentFact[]
  readonly publish: (repository: RepositoryFact, at: number) => void
  readonly editRelease: (repository: RepositoryFact, at: number, dice: Dice) => void
  readonly withdrawRelease: (repository: RepositoryFact, dice: Dice) => void
  /** The deployment before it in its environment becomes inactive, which counts as an update of that one. */
  readonly deploy: (repository: RepositoryFact, at: number) => void
  readonly removeDeployment: (repository: RepositoryFact, dice: Dice) => void
}

/** @param now the site's present at the start */
export const createShipping = (seed: number, crowd: Crowd, now: number): Shipping => {
  const releases = new Map<number, readonly ReleaseFact[]>()
  const deployments = new Map<number, readonly DeploymentFact[]>()
  const serials = new Map<number, number>()

  const release = ({ index }: RepositoryFact, serial: number, at: number): ReleaseFact => {
    const dice = createDice(seed ^ RELEASE_SALT, index, serial)
    const isDraft = dice.chance(0.05)
    return {
      at,
      serial,
      id: placedId('RE', index, 0, serial),
      tagName: `v1.${serial}.0`,
      name: dice.chance(0.8) ? `Release 1.${serial}` : null,
      description: dice.chance(0.7) ? `What is new in 1.${serial}: CORE-${1 + dice.below(400)}.` : null,
      isDraft,
      isPrerelease: dice.chance(0.2),
      author: dice.chance(0.1) ? null : dice.pick(crowd.users),
      commitOid: dice.chance(0.9) ? hex(seed, index, RELEASE_SALT + serial, 40) : null,
      publishedAt: isDraft ? null : at,
      updatedAt: at,
    }
  }
  const deployment = ({ index }: RepositoryFact, serial: number, at: number): DeploymentFact => {
    const dice = createDice(seed ^ DEPLOYMENT_SALT, index, serial)
    // What was deployed once and long ago is replaced now and then: that change stands deep in the list.
    const isRare = serial === 0 || (serial > FIRST_LATE_SERIAL && dice.chance(0.3))
    return {
      at,
      serial,
      id: placedId('DE', index, 0, serial),
      environment: isRare ? 'disaster-recovery' : dice.pick(ENVIRONMENTS),
      state: dice.chance(0.1) ? 'FAILURE' : 'ACTIVE',
      task: 'deploy',
      description: dice.chance(0.3) ? 'Deployed by the pipeline.' : null,
      commitOid: hex(seed, index, DEPLOYMENT_SALT + serial, 40),
      creator: dice.pick(crowd.people),
      updatedAt: at,
    }
  }
  const added = (list: readonly DeploymentFact[], next: DeploymentFact): readonly DeploymentFact[] => {
    const superseded = (each: DeploymentFact): boolean =>
      next.state === 'ACTIVE' && each.state === 'ACTIVE' && each.environment === next.environment
    return [
      ...list.map((each) => (superseded(each) ? { ...each, state: 'INACTIVE' as const, updatedAt: next.at } : each)),
      next,
    ]
  }
  const bornTimes = (repository: RepositoryFact, salt: number): readonly number[] => {
    const dice = createDice(seed, repository.index, salt)
    const length = dice.chance(SHARE_WITH_MANY) ? MANY + dice.below(MANY) : dice.below(6)
    const span = now - repository.createdAt
    return Array.from({ length }, () => wholeSecond(repository.createdAt + dice.below(span))).sort((a, b) => a - b)
  }
  const releasesOf: Shipping['releases'] = (repository) => {
    const found =
      releases.get(repository.index) ??
      bornTimes(repository, RELEASE_SALT).map((at, serial) => release(repository, serial, at))
    releases.set(repository.index, found)
    return found
  }
  const deploymentsOf: Shipping['deployments'] = (repository) => {
    const found =
      deployments.get(repository.index) ??
      bornTimes(repository, DEPLOYMENT_SALT)
        .map((at, serial) => deployment(repository, serial, at))
        .reduce<readonly DeploymentFact[]>(added, [])
    deployments.set(repository.index, found)
    return found
  }
  /** Never a number that something had before, also when that is gone. */
  const nextSerial = ({ index }: RepositoryFact): number => {
    const serial = (serials.get(index) ?? FIRST_LATE_SERIAL) + 1
    serials.set(index, serial)
    return serial
  }
  const without = <T>(list: readonly T[], dice: Dice): readonly T[] => {
    const gone = dice.below(Math.max(1, list.length))
    return list.filter((_, position) => position !== gone)
  }
  return {
    releases: releasesOf,
    deployments: deploymentsOf,
    publish: (repository, at) => {
      const next = release(repository, nextSerial(repository), at)
      releases.set(repository.index, [...releasesOf(repository), next])
    },
    editRelease: (repository, at, dice) => {
      const list = releasesOf(repository)
      const chosen = dice.below(Math.max(1, list.length))
      const edited = list.map((each, position) =>
        position === chosen ? { ...each, description: `${each.description ?? ''} (edited)`, updatedAt: at } : each,
      )
      releases.set(repository.index, edited)
    },
    withdrawRelease: (repository, dice) => {
      releases.set(repository.index, without(releasesOf(repository), dice))
    },
    deploy: (repository, at) => {
      const next = deployment(repository, nextSerial(repository), at)
      deployments.set(repository.index, added(deploymentsOf(repository), next))
    },
    removeDeployment: (repository, dice) => {
      deployments.set(repository.index, without(deploymentsOf(repository), dice))
    },
  }
}
