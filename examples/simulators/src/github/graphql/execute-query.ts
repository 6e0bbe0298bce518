import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  parse,
  validate,
} from 'graphql'
import type { World } from '../world/world.ts'
import { measureQuery, type QueryMeasure, type Variables } from './measure-query.ts'
import { createRoot } from './root.ts'
import { githubSchema } from './schema.ts'

/** A query that was parsed and validated, or why it is refused. */
export type PreparedQuery =
  | { readonly document: DocumentNode; readonly operation: string; readonly measure: QueryMeasure }
  | { readonly refused: readonly object[] }

const MOST_KNOWN = 200
const known = new Map<string, DocumentNode | readonly object[]>()

/** Documents are few and come again and again: each is parsed and validated once. */
const documentOf = (query: string): DocumentNode | readonly object[] => {
  const found = known.get(query)
  if (found) return found
  const document = parsed(query)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(query, document)
  return document
}

const parsed = (query: string): DocumentNode | readonly object[] => {
  try {
    const document = parse(query)
    const errors = validate(githubSchema(), document)
    return errors.length === 0
      ? document
      : errors.map((error) => ({ ...error.toJSON(), extensions: { code: 'invalid' } }))
  } catch (error) {
    if (error instanceof GraphQLError) return [error.toJSON()]
    throw error
  }
}

/** Checks a query as GitHub does before it runs one. */
export const prepareQuery = (query: string, variables: Variables): PreparedQuery => {
  const document = documentOf(query)
  if (!('kind' in document)) return { refused: document }
  const measure = measureQuery(document, variables)
  if (measure.faults.length > 0) return { refused: measure.faults }
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)
  return { document, operation: operation?.name?.value ?? '', measure }
}

/** Runs a query. Errors are shaped like GitHub's: their type stands beside the message. */
export const executeQuery = (
  world: World,
  document: DocumentNode,
  variables: Variables,
  asking: Parameters<typeof createRoot>[1],
): { data?: unknown; errors?: readonly object[] } => {
  const result = execute({
    schema: githubSchema(),
    document,
    variableValues: variables,
    rootValue: createRoot(world, asking),
  })
  if (result instanceof Promise) throw new Error('Failed to run a query: nothing here is asynchronous.')
  const { data, errors } = result as ExecutionResult
  return errors ? { data, errors: errors.map((error) => shaped(error.toJSON())) } : { data }
}

const shaped = ({ message, path, locations, extensions }: GraphQLFormattedError): object => ({
  ...(extensions?.type !== undefined && { type: extensions.type }),
  path,
  locations,
  message,
})
