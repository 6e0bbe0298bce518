import { type MillraceError, retryHintMs } from '@millrace/core'
import { z } from 'zod'
import { explanationIn, githubFailure, tooHeavy, unauthorized } from './github-failure.ts'

/** One entry of `errors`, as far as GitHub is constant about it. */
const graphqlError = z.looseObject({
  type: z.string().optional().catch(undefined),
  message: z.string().catch(''),
  path: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .catch(undefined),
  extensions: z.looseObject({ saml_failure: z.unknown().optional() }).optional().catch(undefined),
})

export const graphqlErrors = z.array(graphqlError)

export type GraphqlErrors = z.output<typeof graphqlErrors>

/** What to do about an answer that is not simply good. */
export type Verdict = { readonly wait: number } | { readonly renew: MillraceError } | { readonly fail: MillraceError }

/** GitHub asks to wait at least a minute where a secondary limit names no time. */
const SECONDARY_WAIT_MS = 60_000

/** Judges an answer with another status than 2xx. */
export function judgeStatus(purpose: string, response: Response, body: string, nowMs: number): Verdict {
  const { status, headers } = response
  if (status === 401) return { renew: unauthorized(purpose, explanationIn(body)) }
  if (status === 502 || status === 504) {
    return { fail: tooHeavy(purpose, `GitHub did not answer in time (${status})`) }
  }
  const limited = /secondary rate limit|rate limit exceeded|abuse detection/i.test(body)
  const hint = retryHintMs(headers, nowMs)
  if ((status === 403 || status === 429) && (limited || headers.has('retry-after') || status === 429)) {
    return { wait: hint ?? SECONDARY_WAIT_MS }
  }
  const remedy =
    status === 403
      ? 'Give the token access to the repositories, and authorize it for single sign-on if the organization demands that.'
      : 'Check the base URL: it ends in /api/v3 for an Enterprise Server.'
  return {
    fail: githubFailure('HTTP_STATUS', purpose, `GitHub answered ${status}${explanationIn(body)}`, remedy, { status }),
  }
}

/** Judges the errors of an answer with status 200. `missing` are errors that say only that something is not there. */
export function judgeErrors(
  purpose: string,
  errors: GraphqlErrors,
  headers: Headers,
  nowMs: number,
): Verdict | 'missing' | undefined {
  if (errors.length === 0) return undefined
  const some = (test: (error: GraphqlErrors[number]) => boolean): boolean => errors.some(test)
  const [first] = errors
  if (some(({ type }) => type === 'RATE_LIMITED' || type === 'RATE_LIMIT')) {
    return { wait: retryHintMs(headers, nowMs) ?? SECONDARY_WAIT_MS }
  }
  if (some(({ message }) => /secondary rate limit/i.test(message))) {
    return { wait: retryHintMs(headers, nowMs) ?? SECONDARY_WAIT_MS }
  }
  if (some(({ type }) => type === 'RESOURCE_LIMITS_EXCEEDED' || type === 'MAX_NODE_LIMIT_EXCEEDED')) {
    return {
      fail: tooHeavy(purpose, 'the query takes more than its share of resources, and the answer is not complete'),
    }
  }
  if (
    some(({ message }) =>
      /something went wrong while executing|couldn't respond to your request in time/i.test(message),
    )
  ) {
    return { fail: tooHeavy(purpose, 'something went wrong at GitHub while it ran the query') }
  }
  if (some(({ extensions }) => extensions?.saml_failure !== undefined && extensions.saml_failure !== false)) {
    const remedy = 'Authorize the token for the organization: Settings → Personal access tokens → Configure SSO.'
    return {
      fail: githubFailure('HTTP_STATUS', purpose, 'the organization demands single sign-on', remedy, { status: 403 }),
    }
  }
  if (errors.every(({ type }) => type === 'NOT_FOUND')) return 'missing'
  const kind = first?.type === undefined ? '' : `${first.type}: `
  const reason = `GitHub refuses the query (${kind}${(first?.message ?? '').slice(0, 200)})`
  const remedy =
    'Give the token access to what it names; if the query itself is refused, upgrade @millrace/connector-github.'
  return { fail: githubFailure('HTTP_STATUS', purpose, reason, remedy, { type: first?.type ?? '' }) }
}
