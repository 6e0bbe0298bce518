import { at } from '../../random.ts'
import { type Commit, type Development, type InstanceType, OWNER, type PullRequest } from '../world/development.ts'
import type { Person } from '../world/people.ts'
import type { SiteView } from './site-view.ts'

const NO_STATE_TYPES = ['build', 'deployment-environment', 'review'] as const

const iso = (instant: number): string => new Date(instant).toISOString().replace('Z', '+0000')
export const repositoryUrl = (repository: string): string => `https://github.com/${OWNER}/${repository}`

interface SummaryEntry {
  readonly overall: {
    readonly count: number
    readonly lastUpdated: string | null
    readonly dataType: string
    readonly state?: string
    readonly stateCount?: number
    readonly open?: boolean
  }
  readonly byInstanceType: Readonly<Record<string, { readonly count: number; readonly name: string }>>
}

/** The object under `summary` in /dev-status/latest/issue/summary, by data type. */
export const developmentSummary = ({
  instances,
  pullRequests,
  commits,
}: Development): Readonly<Record<string, SummaryEntry>> => {
  // The same pull requests are counted once per instance: two instances, twice the count.
  const entry = (
    dataType: string,
    count: number,
    instants: readonly number[],
    extra: Partial<SummaryEntry['overall']> = {},
  ): SummaryEntry => ({
    overall: {
      count: count * instances.length,
      lastUpdated: instants.length === 0 ? null : iso(Math.max(...instants)),
      ...extra,
      dataType,
    },
    byInstanceType:
      count === 0 ? {} : Object.fromEntries(instances.map((instance) => [instance, { count, name: 'GitHub' }])),
  })
  const states = pullRequests.map(({ state }) => state)
  const open = states.length === 0 || states.includes('OPEN') || states.includes('DRAFT')
  const state = open ? 'OPEN' : states.includes('MERGED') ? 'MERGED' : 'DECLINED'
  const touched = pullRequests.map(({ updated }) => updated)
  const committed = commits.map(({ at: when }) => when)
  const repositories = new Set(commits.map(({ repository }) => repository)).size
  const stateCount = pullRequests.length * instances.length
  return {
    pullrequest: entry('pullrequest', pullRequests.length, touched, { stateCount, state, open }),
    branch: entry('branch', pullRequests.length, touched),
    commit: entry('commit', commits.length, committed),
    repository: entry('repository', repositories, committed),
    ...Object.fromEntries(NO_STATE_TYPES.map((dataType) => [dataType, entry(dataType, 0, [])])),
  }
}

/** The Development custom field: a Java map printed as a string, with JSON inside. */
export const developmentField = (development: Development): string => {
  const { pullrequest, repository } = developmentSummary(development)
  const shown = Object.entries({ pullrequest, repository }).filter(([, entry]) => (entry?.overall.count ?? 0) > 0)
  if (shown.length === 0) return '{}'
  const java = shown.map(([dataType, entry]) =>
    dataType === 'pullrequest'
      ? `pullrequest={dataType=pullrequest, state=${entry?.overall.state}, stateCount=${entry?.overall.stateCount}}`
      : `${dataType}={count=${entry?.overall.count}, dataType=${dataType}}`,
  )
  const cached = JSON.stringify({ cachedValue: { errors: [], summary: Object.fromEntries(shown) }, isStale: true })
  return `{${java.join(', ')}, json=${cached}}`
}

/** The element of `detail` in /dev-status/latest/issue/detail for one data type. */
export const developmentDetail = (
  view: SiteView,
  development: Development,
  instance: InstanceType,
  dataType: string,
): object => {
  const { people } = view.world
  const author = (index: number): object => ({
    name: at(people, index).displayName,
    avatar: avatarOf(at(people, index)),
  })
  return {
    branches: dataType === 'branch' ? development.pullRequests.map((pullRequest) => branchJson(pullRequest)) : [],
    pullRequests:
      dataType === 'pullrequest' ? development.pullRequests.map((each) => pullRequestJson(each, author)) : [],
    repositories:
      dataType === 'repository' || dataType === 'commit' ? repositoriesJson(development.commits, author) : [],
    _instance: {
      singleInstance: true,
      baseUrl: 'https://github.com',
      name: 'GitHub',
      typeName: 'GitHub',
      id: instance === 'GitHub' ? 'github' : 'com.github.integration.production',
      type: 'GitHub',
    },
  }
}

const avatarOf = (person: Person): string => `https://avatars.example.net/${encodeURIComponent(person.accountId)}`

const branchJson = ({ branch, repository }: PullRequest): object => ({
  name: branch,
  url: `${repositoryUrl(repository)}/tree/${branch}`,
  createPullRequestUrl: `${repositoryUrl(repository)}/compare/${branch}`,
  repository: { name: `${OWNER}/${repository}`, url: repositoryUrl(repository) },
})

const pullRequestJson = (pullRequest: PullRequest, author: (index: number) => object): object => {
  const repository = repositoryUrl(pullRequest.repository)
  return {
    id: `#${pullRequest.number}`,
    name: pullRequest.title,
    url: pullRequest.url,
    status: pullRequest.state,
    lastUpdate: iso(pullRequest.updated),
    author: author(pullRequest.author),
    reviewers: pullRequest.reviewers.map((reviewer) => ({
      ...author(reviewer),
      approved: pullRequest.state === 'MERGED',
    })),
    source: { branch: pullRequest.branch, url: `${repository}/tree/${pullRequest.branch}` },
    destination: { branch: 'main', url: `${repository}/tree/main` },
    commentCount: pullRequest.comments,
    repositoryId: repository,
    repositoryName: `${OWNER}/${pullRequest.repository}`,
    repositoryUrl: repository,
  }
}

const repositoriesJson = (commits: readonly Commit[], author: (index: number) => object): readonly object[] =>
  [...new Set(commits.map(({ repository }) => repository))].map((name) => ({
    name: `${OWNER}/${name}`,
    url: repositoryUrl(name),
    avatar: `https://avatars.example.net/${OWNER}`,
    commits: commits
      .filter(({ repository }) => repository === name)
      .map((commit) => ({
        id: commit.id,
        displayId: commit.id.slice(0, 8),
        authorTimestamp: iso(commit.at),
        url: `${repositoryUrl(name)}/commit/${commit.id}`,
        author: author(commit.author),
        fileCount: commit.files,
        merge: false,
        message: commit.message,
        files: Array.from({ length: commit.files }, (_, order) => ({
          path: `src/part-${order + 1}.ts`,
          url: `${repositoryUrl(name)}/blob/${commit.id}/src/part-${order + 1}.ts`,
          changeType: 'MODIFIED',
          linesAdded: 3 + order,
          linesRemoved: order,
        })),
      })),
  }))
