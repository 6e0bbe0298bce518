import { type Context, readBytes } from '@millrace/core'
import { GraphqlResponseError, graphql } from '@octokit/graphql'
import { z } from 'zod'
import { rateLimit } from './api/fields.ts'
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
}

const envelope = z.looseObject({ rateLimit: rateLimit.nullable().optional().catch(undefined) })

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
    const { response, errors, data } = await send(ctx, query, credential.authorization).catch((error) => {
      credential.settle(undefined, 0)
      throw error
    })
    const date = Date.parse(response.headers.get('date') ?? '')
    const githubNow = Number.isNaN(date) ? clock.now() : date
    const bytes = await readBytes(response)
    const textOf = (): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    const verdict = response.ok
      ? judgeErrors(query.purpose, errors, response.headers, clock.now())
      : judgeStatus(query.purpose, response, textOf(), clock.now())
    credential.settle(envelope.safeParse(data).data?.rateLimit ?? undefined, githubNow)
    if (typeof verdict === 'object') {
      if ('fail' in verdict) throw verdict.fail
      if ('wait' in verdict) credential.block(verdict.wait)
      else if (renewed || !credential.renew()) throw verdict.renew
      else renewed = true
      if (turn < MAX_TURNS) continue
      throw githubFailure('RATE_LIMITED', query.purpose, 'GitHub asks to wait again and again', 'It is tried again.')
    }
    if (!response.headers.get('content-type')?.includes('json')) throw notJson(query.purpose, textOf())
    const parsed = query.data.safeParse(data)
    if (!parsed.success) throw unexpected(query.purpose, parsed.error)
    return { bytes, data: parsed.data, missing: verdict === 'missing' }
  }
}

interface Sent {
  readonly response: Response
  readonly data: unknown
  readonly errors: z.output<typeof graphqlErrors>
}

/** @octokit/graphql makes the request and reads the answer; what it would throw away is kept. */
async function send(
  ctx: Context<GithubConfig>,
  { text, variables }: Query<unknown>,
  authorization: string,
): Promise<Sent> {
  const received: Response[] = []
  let thrown: unknown
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    try {
      // Judged here: another credential or a smaller page is the cure, not the same request again.
      const response = await ctx.fetch(url, { ...init, returnStatuses: [401, 403, 429, 502, 504] })
      received.push(response)
      return response
    } catch (error) {
      thrown = error
      throw error
    }
  }
  const base = { baseUrl: ctx.config.baseUrl.replace(/\/+$/, ''), headers: { authorization }, request: { fetch } }
  try {
    const data = await graphql(text, { ...variables, ...base })
    return { response: answered(received), data, errors: [] }
  } catch (error) {
    if (thrown !== undefined) throw thrown
    const response = answered(received, error)
    if (error instanceof GraphqlResponseError) {
      return { response, data: error.data, errors: graphqlErrors.parse(error.errors ?? []) }
    }
    if (!response.ok) return { response, data: undefined, errors: [] }
    throw githubFailure(
      'HTTP_UNAVAILABLE',
      'read an answer of GitHub',
      'it is cut or no JSON',
      'It is tried again.',
      {},
      error,
    )
  }
}

function answered([response]: readonly Response[], cause?: unknown): Response {
  if (response) return response
  throw githubFailure('INTERNAL', 'query GitHub', 'no request was sent', 'Report it.', {}, cause)
}

function notJson(purpose: string, text: string): Error {
  const reason = `the answer is no JSON but begins with ${JSON.stringify(text.slice(0, 60))}`
  return githubFailure(
    'NOT_JSON',
    purpose,
    reason,
    'Check that the base URL leads to the API, not to a page or a proxy.',
  )
}

function unexpected(purpose: string, error: z.ZodError): Error {
  const [issue] = error.issues
  const reason = `GitHub answered in a form that is not known (${issue?.path.join('.') || 'data'}: ${issue?.message})`
  return githubFailure('INVALID_BODY', purpose, reason, 'Upgrade @millrace/connector-github.', {}, error)
}
