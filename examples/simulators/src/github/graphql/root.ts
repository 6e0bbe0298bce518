import { GraphQLError } from 'graphql'
import { placeOf } from '../world/node-ids.ts'
import { ORGANIZATION, USER } from '../world/repositories.ts'
import type { World } from '../world/world.ts'
import type { ConnectionArguments } from './connection.ts'
import { showPullRequest, showThread } from './show-pull-request.ts'
import { repositoriesOf, showOwner, showRepository } from './show-repository.ts'
import { showDeployment } from './show-shipping.ts'

/** Who asks, and what is left of the budget of the credential. */
export interface Asking {
  readonly login: string
  readonly rateLimit: object
}

/** The fields of `Query` that exist here; any other is null, which for most is an error. */
export const createRoot = (world: World, { login, rateLimit }: Asking): object => {
  const owner = (name: string): object | null =>
    [ORGANIZATION, USER].includes(name.toLowerCase()) ? showOwner(world, name.toLowerCase()) : null
  const missing = (what: string): never => {
    throw new GraphQLError(what, { extensions: { type: 'NOT_FOUND' } })
  }
  const node = ({ id }: { readonly id: string }): object =>
    findNode(world, id) ?? missing(`Could not resolve to a node with the global id of '${id}'`)
  return {
    rateLimit,
    viewer: {
      __typename: 'User',
      id: `U_${login}`,
      login,
      name: null,
      repositories: (args: ConnectionArguments) => repositoriesOf(world, () => true, args),
    },
    repositoryOwner: (args: { readonly login: string }) => owner(args.login),
    organization: (args: { readonly login: string }) =>
      args.login.toLowerCase() === ORGANIZATION
        ? owner(args.login)
        : missing(`Could not resolve to an Organization with the login of '${args.login}'.`),
    user: (args: { readonly login: string }) =>
      args.login.toLowerCase() === USER
        ? owner(args.login)
        : missing(`Could not resolve to a User with the login of '${args.login}'.`),
    repository: (args: { readonly owner: string; readonly name: string }) => {
      const found = world.findRepository(args.owner, args.name)
      return found
        ? showRepository(world, found)
        : missing(`Could not resolve to a Repository with the name '${args.owner}/${args.name}'.`)
    },
    node,
    nodes: ({ ids }: { readonly ids: readonly string[] }) =>
      ids.map((id) => {
        try {
          return node({ id })
        } catch (error) {
          // An error that is returned for one element leaves the others as they are.
          return error
        }
      }),
  }
}

const findNode = (world: World, id: string): object | undefined => {
  const place = placeOf(id)
  const repository = place && world.repository(place.repository)
  if (!repository) return undefined
  if (place.kind === 'R') return showRepository(world, repository)
  if (place.kind === 'DE') {
    const found = world.shipping.deployments(repository).find((each) => each.id === id)
    return found && showDeployment(found)
  }
  if (place.number < 1 || place.number > world.pullRequests(repository.index)) return undefined
  const pull = world.pullRequest(repository.index, place.number)
  if (place.kind === 'PR') return showPullRequest(pull, repository)
  const thread = pull.threads.find((each) => each.id === id)
  const url = `https://github.com/${repository.owner}/${repository.name}/pull/${pull.number}`
  return thread && showThread(thread, url)
}
