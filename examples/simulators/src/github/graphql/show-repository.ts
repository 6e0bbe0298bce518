import type { RepositoryFact } from '../world/facts.ts'
import { ORGANIZATION } from '../world/repositories.ts'
import type { World } from '../world/world.ts'
import { type ConnectionArguments, connection, listOf, type Sorted } from './connection.ts'
import { showPullRequest, time } from './show-pull-request.ts'
import { showDeployments, showReleases } from './show-shipping.ts'

interface Ordered extends ConnectionArguments {
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null
}

interface PullRequestArguments extends Ordered {
  readonly states?: readonly string[] | null
}

interface RepositoryArguments extends Ordered {
  readonly isArchived?: boolean | null
  readonly isFork?: boolean | null
}

export const showOwner = (world: World, login: string): object => ({
  __typename: login === ORGANIZATION ? 'Organization' : 'User',
  id: `O_${login}`,
  login,
  url: `https://github.com/${login}`,
  repositories: (args: RepositoryArguments) => repositoriesOf(world, (repository) => repository.owner === login, args),
})

/** Repositories in the order of their creation. */
export const repositoriesOf = (
  world: World,
  fits: (repository: RepositoryFact) => boolean,
  args: RepositoryArguments,
): object => {
  const found = Array.from({ length: world.repositories() }, (_, index) => world.repository(index)).filter(
    (repository): repository is RepositoryFact =>
      repository !== undefined &&
      fits(repository) &&
      (args.isArchived ?? repository.isArchived) === repository.isArchived &&
      (args.isFork ?? repository.isFork) === repository.isFork,
  )
  return connection(
    listOf(
      found,
      ({ index }) => [index, 0],
      (repository) => showRepository(world, repository),
    ),
    args,
  )
}

export const showRepository = (world: World, repository: RepositoryFact): object => ({
  __typename: 'Repository',
  id: repository.id,
  databaseId: repository.databaseId,
  name: repository.name,
  nameWithOwner: `${repository.owner}/${repository.name}`,
  owner: () => showOwner(world, repository.owner),
  description: repository.description,
  url: `https://github.com/${repository.owner}/${repository.name}`,
  isArchived: repository.isArchived,
  isFork: repository.isFork,
  isPrivate: repository.isPrivate,
  isDisabled: false,
  visibility: repository.isPrivate ? 'PRIVATE' : 'PUBLIC',
  createdAt: time(repository.createdAt),
  updatedAt: time(repository.updatedAt),
  pushedAt: time(repository.pushedAt),
  defaultBranchRef: { name: 'main' },
  primaryLanguage: { name: repository.language },
  repositoryTopics: (args: ConnectionArguments) =>
    connection(
      listOf(
        repository.topics,
        (_, index) => [index, 0],
        (name) => ({ topic: { name } }),
      ),
      args,
    ),
  releases: (args: Ordered) => showReleases(world, repository, args),
  deployments: (args: Ordered) => showDeployments(world, repository, args),
  pullRequests: (args: PullRequestArguments) => connection(pullRequestsOf(world, repository, args), args),
})

const pullRequestsOf = (world: World, repository: RepositoryFact, args: PullRequestArguments): Sorted<object> => {
  const { index } = repository
  const states = args.states ?? ['OPEN', 'CLOSED', 'MERGED']
  const { field, direction } = args.orderBy ?? { field: 'CREATED_AT', direction: 'ASC' }
  const fits = (number: number): boolean => states.includes(world.outline(index, number).state)
  const all = (numbers: readonly number[]): readonly number[] => (states.length === 3 ? numbers : numbers.filter(fits))
  const openOnly = states.length === 1 && states[0] === 'OPEN'
  const show = (number: number): object => showPullRequest(world.pullRequest(index, number), repository)
  if (field === 'UPDATED_AT') {
    const numbers = all(world.byUpdate(index))
    const ordered = direction === 'DESC' ? numbers : numbers.toReversed()
    return {
      ...listOf(ordered, (number) => [world.outline(index, number).updatedAt, number], show),
      direction: direction === 'DESC' ? -1 : 1,
    }
  }
  const ascending = openOnly
    ? world.open(index)
    : all(Array.from({ length: world.pullRequests(index) }, (_, order) => order + 1))
  const ordered = direction === 'ASC' ? ascending : ascending.toReversed()
  return {
    ...listOf(ordered, (number) => [world.outline(index, number).createdAt, number], show),
    direction: direction === 'ASC' ? 1 : -1,
  }
}
