import { type Context, jsonOf, readBytes } from '@millrace/core'
import { graphql } from '@octokit/graphql'
import { z } from 'zod'
import { rateLimit } from './api/rate-limit.ts'
import { takeCredential } from './credentials.ts'
import { githubFailure } from './github-failure.ts'
import type { GithubConfig } from './github-options.ts'
import { graphqlErrors, judgeErrors, judgeStatus } from './judge-answer.ts'

/** A query, and what is relied upon in its answer. */
export interface Query<Data> {
  /** Completes "Failed to …". */
  readonly purpose: string
  readonly text: string
  readonly variables: { readonly [name: string]: unknown }
  readonly data: z.ZodType<Data>
  /** What GitHub will take for it; a test compares it with the schema's own measure. */
  readonly points: number
}

/** An answer twice: as it was received, for the raw record, and as far as reading on depends on it. */
export interface GithubAnswer<Data> {
  readonly bytes: Uint8Array
  readonly data: Data
  /** GitHub says of something that it is not there. */
  readonly missing: boolean
  /** When, by GitHub's clock. */
  readonly at: Date
}

/** Where GitHub refuses a query as a whole, there is no data at all. */
const content = z.object({
  data: z.unknown().optional(),
  errors: graphqlErrors.nullish().transform((errors) => errors ?? []),
})
const envelope = z.object({ rateLimit: rateLimit.optional().catch(undefined) })

/** How often a query is repeated because its credential had to wait, or was renewed. */
const MAX_TURNS = 8

/**
 * Sends a query over the fetch of a context. Sleeps through short limits, changes to a credential that is free, and renews
 * installation tokens.
 *
 * @throws RATE_LIMITED with `retryAt`, UNAUTHORIZED, HTTP_UNAVAILABLE (with `too_heavy` where a smaller page may help),
 *   HTTP_STATUS, NOT_JSON, INVALID_BODY
 */
export async function askGithub<Data>(ctx: Context<GithubConfig>, query: Query<Data>): Promise<GithubAnswer<Data>> {
  const { clock } = ctx
  let renewed = false
  for (let turn = 1; ; turn += 1) {
    const credential = await takeCredential(ctx, query.points)
    const { response, bytes, data, errors } = await send(ctx, query, credential.authorization).catch((error) => {
      credential.settle(undefined, 0)
      throw error
    })
    const date = Date.parse(response.headers.get('date') ?? '')
    const githubNow = Number.isNaN(date) ? clock.now() : date
    const verdict = response.ok
      ? judgeErrors(query.purpose, errors, response.headers, clock.now())
      : judgeStatus(query.purpose, response, textOf(bytes), clock.now())
    credential.settle(envelope.safeParse(data).data?.rateLimit ?? undefined, githubNow)
    if (typeof verdict === 'object') {
      if ('fail' in verdict) throw verdict.fail
      if ('wait' in verdict) credential.block(verdict.wait)
      else if (renewed || !credential.renew()) throw verdict.renew
      else renewed = true
      if (turn < MAX_TURNS) continue
      throw githubFailure('RATE_LIMITED', query.purpose, 'GitHub asks to wait again and again', 'It is tried again.')
    }
    const parsed = query.data.safeParse(data)
    if (!parsed.success) throw unexpected(query.purpose, parsed.error)
    return { bytes, data: parsed.data, missing: verdict === 'missing', at: new Date(githubNow) }
  }
}

interface Sent extends z.output<typeof content> {
  readonly response: Response
  readonly bytes: Uint8Array
}

/**
 * @octokit/graphql makes the request. What was answered is read here: it would throw away what comes beside errors, and
 * parse what the transformer parses as well.
 */
async function send(
  ctx: Context<GithubConfig>,
  { text, variables, purpose }: Query<unknown>,
  authorization: string,
): Promise<Sent> {
  // One of several tokens that is used up must not keep the others from working.
  const ownQuota = Array.isArray(ctx.config.token) && ctx.config.token.length > 1
  let received: Response | undefined
  let thrown: unknown
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    try {
      // Judged by the caller: another credential or a smaller page is the cure, not the same request again.
      received = await ctx.fetch(url, { ...init, ownQuota, returnStatuses: [401, 403, 429, 502, 504] })
      return received
    } catch (error) {
      thrown = error
      throw error
    }
  }
  const baseUrl = ctx.config.baseUrl.replace(/\/+$/, '')
  const request = { fetch, parseSuccessResponseBody: false }
  await graphql(text, { ...variables, baseUrl, headers: { authorization }, request }).catch((error) => {
    if (received === undefined) throw thrown ?? error
  })
  if (received === undefined) {
    throw githubFailure('INTERNAL', 'query GitHub', 'no request was sent', 'Report it.')
  }
  const response: Response = received
  const bytes = await readBytes(response)
  return { response, bytes, ...(response.ok ? contentOf(purpose, response, bytes) : { data: undefined, errors: [] }) }
}

/** @throws NOT_JSON for a page that is none of GitHub's; HTTP_UNAVAILABLE for one that is cut */
function contentOf(purpose: string, response: Response, bytes: Uint8Array): z.output<typeof content> {
  if (!response.headers.get('content-type')?.includes('json')) {
    const reason = `the answer is no JSON but begins with ${JSON.stringify(textOf(bytes).slice(0, 60))}`
    const remedy = 'Check that the base URL leads to the API, not to a page or a proxy.'
    throw githubFailure('NOT_JSON', purpose, reason, remedy)
  }
  try {
    return content.parse(jsonOf(bytes))
  } catch (error) {
    throw githubFailure('HTTP_UNAVAILABLE', purpose, 'the answer is cut or no JSON', 'It is tried again.', {}, error)
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function unexpected(purpose: string, error: z.ZodError): Error {
  const [issue] = error.issues
  const reason = `GitHub answered in a form that is not known (${issue?.path.join('.') || 'data'}: ${issue?.message})`
  return githubFailure('INVALID_BODY', purpose, reason, 'Upgrade @millrace/connector-github.', {}, error)
}
