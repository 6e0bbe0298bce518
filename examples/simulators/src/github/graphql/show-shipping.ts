import type { DeploymentFact, ReleaseFact, RepositoryFact } from '../world/facts.ts'
import type { World } from '../world/world.ts'
import { type ConnectionArguments, connection, type Sorted } from './connection.ts'
import { showActor, time } from './show-pull-request.ts'

interface Ordered extends ConnectionArguments {
  readonly orderBy?: { readonly direction: 'ASC' | 'DESC' } | null
}

/** Releases come in the order of their creation, the latest first unless they are asked for otherwise. */
export const showReleases = (world: World, repository: RepositoryFact, args: Ordered): object => {
  const all = world.shipping.releases(repository)
  const latest = all.findLast(({ isDraft, isPrerelease }) => !isDraft && !isPrerelease)?.id
  const show = (release: ReleaseFact): object => showRelease(release, repository, latest === release.id)
  return connection(byCreation(all, args.orderBy?.direction ?? 'DESC', show), args)
}

export const showDeployments = (world: World, repository: RepositoryFact, args: Ordered): object =>
  connection(byCreation(world.shipping.deployments(repository), args.orderBy?.direction ?? 'ASC', showDeployment), args)

export const showDeployment = (deployment: DeploymentFact): object => ({
  __typename: 'Deployment',
  id: deployment.id,
  environment: deployment.environment,
  originalEnvironment: deployment.environment,
  state: deployment.state,
  task: deployment.task,
  description: deployment.description,
  commitOid: deployment.commitOid,
  ref: { name: 'main' },
  creator: showActor(deployment.creator),
  createdAt: time(deployment.at),
  updatedAt: time(deployment.updatedAt),
})

const showRelease = (release: ReleaseFact, { owner, name }: RepositoryFact, isLatest: boolean): object => ({
  __typename: 'Release',
  id: release.id,
  tagName: release.tagName,
  name: release.name,
  description: release.description,
  url: `https://github.com/${owner}/${name}/releases/tag/${release.tagName}`,
  isDraft: release.isDraft,
  isPrerelease: release.isPrerelease,
  isLatest,
  author: showActor(release.author),
  tagCommit: release.commitOid === null ? null : { oid: release.commitOid },
  createdAt: time(release.at),
  publishedAt: time(release.publishedAt),
  updatedAt: time(release.updatedAt),
})

const byCreation = <Item extends ReleaseFact | DeploymentFact>(
  ascending: readonly Item[],
  direction: 'ASC' | 'DESC',
  show: (item: Item) => object,
): Sorted<object> => {
  const items = direction === 'ASC' ? ascending : ascending.toReversed()
  const at = (index: number): Item => {
    const found = items[index]
    if (found === undefined) throw new RangeError(`Failed to read item ${index}: the list has ${items.length}.`)
    return found
  }
  return {
    length: items.length,
    keyAt: (index) => [at(index).at, at(index).serial],
    itemAt: (index) => show(at(index)),
    direction: direction === 'ASC' ? 1 : -1,
  }
}
