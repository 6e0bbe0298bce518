import { problem } from '#contract/problem.ts'
import type { Request, ResponseOf } from '#contract/route.ts'
import { ROUTES, type RouteName, type Routes } from '#contract/routes.ts'
import { Refusal } from './refusal.ts'
import { token } from './token.ts'

/** Of what a route takes, what it cannot do without. */
type Given<Name extends RouteName> = {
  readonly [Key in keyof Request<Routes[Name]> as undefined extends Request<Routes[Name]>[Key] ? never : Key]: Request<
    Routes[Name]
  >[Key]
} & Partial<Request<Routes[Name]>>

const UNREACHABLE =
  'Failed to reach the server: it does not answer. It may be restarting; this page tries again by itself.'

const UNREADABLE =
  'Failed to understand the server: it is of another version than this page. Load the page again; if that does not help, start the server anew.'

/**
 * Calls an endpoint by its name in the contract, and validates what comes back.
 *
 * @throws Refusal when the server refuses, cannot be reached (status 0), or answers what the contract does not say
 */
export async function call<Name extends RouteName>(
  name: Name,
  given: Given<Name>,
  signal?: AbortSignal,
): Promise<ResponseOf<Routes[Name]>> {
  const route = ROUTES[name]
  const {
    params = {},
    query = {},
    body,
  } = given as Record<'params' | 'query', Record<string, unknown>> & { body: unknown }
  const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params[key])))
  const kept = token.read()
  const unreached = (error: unknown): never => {
    if (signal?.aborted) throw error
    throw new Refusal(0, { code: 'UNREACHABLE', message: UNREACHABLE })
  }
  const response = await fetch(path + queryText(query), {
    method: route.method,
    headers: {
      ...(kept && { authorization: `Bearer ${kept}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch(unreached)
  if (response.ok) {
    const read = route.response.safeParse(await response.json().catch(unreached))
    if (read.success) return read.data as ResponseOf<Routes[Name]>
    throw new Refusal(response.status, { code: 'UNREADABLE', message: UNREADABLE })
  }
  // A late answer to a token that was replaced meanwhile says nothing about the new one.
  if (response.status === 401 && kept && kept === token.read()) token.end()
  throw new Refusal(response.status, await readProblem(response))
}

function queryText(query: Record<string, unknown>): string {
  const entries = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]))
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`
}

async function readProblem(response: Response) {
  const found = problem.safeParse(await response.json().catch(() => undefined))
  if (found.success) return found.data
  return {
    code: 'UNREACHABLE',
    message: `The server answered ${response.status}, and no reason. Try again in a moment.`,
  }
}
