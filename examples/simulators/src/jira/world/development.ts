import { at, createDice, type Dice, hex } from '../../random.ts'

export type PullRequestState = 'OPEN' | 'MERGED' | 'DECLINED' | 'DRAFT'

export interface PullRequest {
  readonly repository: string
  readonly number: number
  readonly url: string
  readonly title: string
  readonly state: PullRequestState
  readonly branch: string
  readonly updated: number
  readonly author: number
  readonly reviewers: readonly number[]
  readonly comments: number
}

export interface Commit {
  readonly id: string
  readonly repository: string
  readonly message: string
  readonly at: number
  readonly author: number
  readonly files: number
}

/** What the development panel of an issue shows. */
export interface Development {
  /** The keys of `byInstanceType`: the same pull requests are listed once under each. */
  readonly instances: readonly InstanceType[]
  readonly pullRequests: readonly PullRequest[]
  readonly commits: readonly Commit[]
}

export type InstanceType = 'GitHub' | 'oAuth-com.github.integration.production'

export const OWNER = 'acme'
const REPOSITORIES = ['platform', 'web-shop', 'mobile', 'infrastructure', 'data-pipeline'] as const

const SALT = { development: 51, commit: 52 }
const STATES: readonly PullRequestState[] = ['MERGED', 'MERGED', 'MERGED', 'OPEN', 'DECLINED', 'DRAFT']
const INSTANCES: readonly (readonly InstanceType[])[] = [
  ['GitHub', 'oAuth-com.github.integration.production'],
  ['oAuth-com.github.integration.production'],
  ['GitHub'],
]
const PULL_REQUESTS_PER_ISSUE = 4

/** About a third of all issues have one to three pull requests; some have commits without any. */
export const developmentOf = (
  seed: number,
  index: number,
  key: string,
  created: number,
  touched: number,
  people: number,
  removed: ReadonlySet<string>,
): Development => {
  const dice = createDice(seed, index, SALT.development)
  const drawn = dice.chance(0.35) ? 1 + dice.below(3) : 0
  const instances = dice.pick(INSTANCES)
  const pullRequests = Array.from({ length: drawn }, (_, order) =>
    pullRequest(dice, index, order, key, created, touched, people),
  )
  const commits = drawn > 0 || dice.chance(0.05) ? 1 + dice.below(3) : 0
  return {
    instances,
    pullRequests: pullRequests.filter(({ url }) => !removed.has(url)),
    commits: Array.from({ length: commits }, (_, order) => ({
      id: hex(seed, index * 8 + order, SALT.commit, 40),
      repository: dice.pick(REPOSITORIES),
      message: `fix: part ${order + 1}\n${key}\n`,
      at: created + Math.floor(((touched - created) * order) / (commits + 1)),
      author: dice.below(people),
      files: 1 + dice.below(4),
    })),
  }
}

const pullRequest = (
  dice: Dice,
  index: number,
  order: number,
  key: string,
  created: number,
  touched: number,
  people: number,
): PullRequest => {
  const repository = dice.pick(REPOSITORIES)
  const number = index * PULL_REQUESTS_PER_ISSUE + order + 1
  return {
    repository,
    number,
    url: `https://github.com/${OWNER}/${repository}/pull/${number}`,
    title: `${key}: part ${order + 1}`,
    state: at(STATES, dice.below(STATES.length)),
    branch: `feature/${key.toLowerCase()}-${order + 1}`,
    updated: created + Math.floor((touched - created) * ((order + 1) / 4)),
    author: dice.below(people),
    reviewers: dice.chance(0.6) ? [dice.below(people)] : [],
    comments: dice.below(12),
  }
}
