import {
  BAD_CREDENTIALS,
  cutResources,
  errorsOnly,
  type GithubAnswer,
  json,
  rateLimited,
  TIMED_OUT,
} from './answers.ts'
import type { GithubFault } from './faults.ts'
import { executeQuery, prepareQuery } from './graphql/execute-query.ts'
import type { GithubParts } from './server.ts'

/** Points that GitHub takes off for a query that took too long. */
const TIMEOUT_POINTS = 10

interface Asked {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

export const operationOf = (query: string): string => /\b(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? ''

/** Checks, limits and runs a query. */
export const answerQuery = (
  { world, options, credentials }: GithubParts,
  authorization: string | undefined,
  { query, variables }: Asked,
  struck: readonly GithubFault[],
): GithubAnswer => {
  const who = credentials.identify(authorization)
  if (!who) return BAD_CREDENTIALS
  const { budget, login } = who
  const prepared = prepareQuery(query, variables)
  if ('refused' in prepared) return errorsOnly(prepared.refused, budget.headers())
  const { points, nodes } = prepared.measure
  if (!budget.spend(points)) return rateLimited('RATE_LIMITED', budget.headers())
  const heavy = options.heavy !== undefined && nodes > options.heavy.aboveNodes ? options.heavy.answer : undefined
  if (heavy === 'timeout') {
    budget.spend(TIMEOUT_POINTS)
    return TIMED_OUT
  }
  const result = executeQuery(world, prepared.document, variables, { login, rateLimit: budget.show(points, nodes) })
  if (heavy === 'resource-limits' || struck.some(({ kind }) => kind === 'resource-limits')) return cutResources(result)
  const answer = json(200, result, budget.headers())
  return struck.reduce((bent, fault) => bend(bent, fault, variables), answer)
}

const bend = (answer: GithubAnswer, fault: GithubFault, variables: Asked['variables']): GithubAnswer => {
  if (fault.kind === 'repeated-cursor') {
    const repeated = answer.body.replace(
      /"hasNextPage":(?:true|false)(.*?)"endCursor":(?:null|"[^"]*")/,
      (_, between: string) => `"hasNextPage":true${between}"endCursor":${JSON.stringify(variables.after)}`,
    )
    return { ...answer, body: repeated }
  }
  if (fault.kind === 'missing-id') {
    let seen = -1
    const body = answer.body.replaceAll(/"id":"PR_[^"]*"/g, (id) => {
      seen += 1
      return seen === fault.position ? '"id":null' : id
    })
    return { ...answer, body }
  }
  return answer
}
