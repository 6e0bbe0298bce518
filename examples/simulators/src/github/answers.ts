import type { GithubFault } from './faults.ts'

/** What is answered, before a fault bends how it is sent. */
export interface GithubAnswer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): GithubAnswer => ({
  status,
  body: JSON.stringify(body),
  headers,
})

const DOCUMENTATION = 'https://docs.github.com/graphql'
const SECONDARY =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.'

export const BAD_CREDENTIALS = json(401, {
  message: 'Bad credentials',
  documentation_url: DOCUMENTATION,
  status: '401',
})

export const TIMED_OUT = json(502, {
  message: "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request.",
})

export const errorsOnly = (errors: readonly object[], headers: Readonly<Record<string, string>> = {}): GithubAnswer =>
  json(200, { errors }, headers)

export const rateLimited = (
  type: 'RATE_LIMITED' | 'RATE_LIMIT',
  headers: Readonly<Record<string, string>>,
): GithubAnswer => {
  const message =
    type === 'RATE_LIMITED'
      ? 'API rate limit exceeded for user ID 1.'
      : 'API rate limit already exceeded for user ID 1.'
  return json(200, { data: null, errors: [{ type, message }] }, { ...headers, 'x-ratelimit-remaining': '0' })
}

export const secondaryLimit = (status: 200 | 403, retryAfterSeconds: number | undefined): GithubAnswer => {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) }
  return status === 403
    ? json(403, { message: SECONDARY, documentation_url: DOCUMENTATION }, headers)
    : json(200, { data: null, errors: [{ message: SECONDARY }] }, headers)
}

/** The data with the lists of its first list of nodes gone, and an error for each. */
export const cutResources = (result: { readonly data?: unknown }): GithubAnswer => {
  const errors: object[] = []
  const visit = (value: unknown, path: readonly (string | number)[]): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    const inNode = path.some((part) => typeof part === 'number')
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const isConnection = typeof inner === 'object' && inner !== null && 'nodes' in inner
        if (!inNode || !isConnection) return [name, visit(inner, [...path, name])]
        errors.push({
          type: 'RESOURCE_LIMITS_EXCEEDED',
          path: [...path, name],
          message: 'Resource limits for this query exceeded.',
        })
        return [name, null]
      }),
    )
  }
  const data = visit(result.data, [])
  if (errors.length === 0) {
    errors.push({ type: 'RESOURCE_LIMITS_EXCEEDED', path: [], message: 'Resource limits for this query exceeded.' })
  }
  return json(200, { data, errors })
}

/** The answer that a fault gives in place of the real one, if it is of that sort. */
export const replacementFor = (fault: GithubFault, nowMs: number): GithubAnswer | undefined => {
  switch (fault.kind) {
    case 'rate-limit':
      return rateLimited(fault.type, {
        'x-ratelimit-reset': String(Math.ceil(nowMs / 1000 + fault.resetAfterSeconds)),
      })
    case 'secondary-limit':
      return secondaryLimit(fault.status, fault.retryAfterSeconds)
    case 'status':
      return fault.status === 401 ? BAD_CREDENTIALS : json(fault.status, { message: `Status ${fault.status}` })
    case 'timeout':
      return TIMED_OUT
    case 'something-wrong': {
      const message =
        'Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `0000:1111:2222` when reporting this issue.'
      return errorsOnly([{ message }])
    }
    case 'invalid-cursor':
      return errorsOnly([{ type: 'INVALID_CURSOR_ARGUMENTS', message: '`abc` does not appear to be a valid cursor.' }])
    case 'not-json':
      return { status: 200, body: '<!DOCTYPE html><title>Unicorn!</title>', headers: { 'content-type': 'text/html' } }
    default:
      return undefined
  }
}
