import { at } from '../../random.ts'
import { type Commit, type Development, type InstanceType, OWNER, type PullRequest } from '../world/development.ts'
import type { Person } from '../world/people.ts'
import type { SiteView } from './site-view.ts'

const NO_STATE_TYPES = ['build', 'deployment-environment', 'review'] as const

const iso = (instant: number): string => new Date(instant).toISOString().replace('Z', '+0000')
const repositoryUrl = (repository: string): string => `https://github.com/${OWNER}/${repository}`

/** The object under `summary` in /dev-status/latest/issue/summary. */
export const developmentSummary = ({ instances, pullRequests, commits }: Development): object => {
  // The same pull requests are counted once per instance: two instances, twice the count.
  const counted = (count: number): object =>
    count === 0 ? {} : Object.fromEntries(instances.map((instance) => [instance, { count, name: 'GitHub' }]))
  const entry = (dataType: string, count: number, extra: object): object => ({
    overall: { count: count * instances.length, lastUpdated: null, dataType, ...extra },
    byInstanceType: counted(count),
  })
  const latest = Math.max(0, ...pullRequests.map(({ updated }) => updated))
  const open = pullRequests.some(({ state }) => state === 'OPEN' || state === 'DRAFT')
  const state = open ? 'OPEN' : pullRequests.some((each) => each.state === 'MERGED') ? 'MERGED' : 'DECLINED'
  const repositories = new Set(commits.map(({ repository }) => repository)).size
  return {
    pullrequest: entry('pullrequest', pullRequests.length, {
      lastUpdated: pullRequests.length === 0 ? null : iso(latest),
      stateCount: pullRequests.length * instances.length,
      state,
      open,
    }),
    branch: entry('branch', pullRequests.length, {}),
    commit: entry('commit', commits.length, {}),
    repository: entry('repository', repositories, {}),
    ...Object.fromEntries(NO_STATE_TYPES.map((dataType) => [dataType, entry(dataType, 0, {})])),
  }
}

/** The Development custom field: a Java map printed as a string, with JSON inside. */
export const developmentField = (development: Development): string => {
  const { pullRequests } = development
  if (pullRequests.length === 0) return '{}'
  const { pullrequest } = developmentSummary(development) as {
    pullrequest: { overall: { state: string; stateCount: number } }
  }
  const cached = JSON.stringify({ cachedValue: { errors: [], summary: { pullrequest } }, isStale: true })
  const { state, stateCount } = pullrequest.overall
  return `{pullrequest={dataType=pullrequest, state=${state}, stateCount=${stateCount}}, json=${cached}}`
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
