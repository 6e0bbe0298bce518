import { schema as published } from '@octokit/graphql-schema'
import { buildSchema, type GraphQLSchema } from 'graphql'

let built: GraphQLSchema | undefined

/** The schema that GitHub publishes. One of its types names a field twice, so it cannot be built as valid. */
export const githubSchema = (): GraphQLSchema => {
  built ??= buildSchema(published.idl, { assumeValidSDL: true })
  return built
}
