import { type Context, isMillraceError, readBytes } from '@millrace/core'
import type { Client, SendRequestOptions } from 'jira.js/core'
import type { z } from 'zod'
import { failureOf, type JiraRequest, parseJson, unauthorized, unexpected, unreadable } from './jira-failure.ts'
import type { JiraConfig } from './jira-options.ts'

/** An answer twice: as it was received, for the raw record, and as far as reading on depends on it. */
export interface JiraAnswer<Body> {
  readonly bytes: Uint8Array
  readonly body: Body
  /** Jira's time when it answered, in epoch milliseconds; ours where it does not say. */
  readonly serverTime: number
}

/** Lets a function of jira.js make its request, and gives the answer that jira.js would throw away. */
export type Ask = <Body>(
  purpose: string,
  schema: z.ZodType<Body>,
  call: (client: Client) => Promise<unknown>,
) => Promise<JiraAnswer<Body>>

/**
 * Sends requests over the fetch of a context. jira.js knows paths and parameters; sending, reading and judging answers is
 * done here, since its own transport keeps neither bodies nor headers, and cannot be aborted. Its schemas are not applied
 * either: they would turn some values into others.
 */
export function jiraRequests({ config, fetch, signal, clock }: Context<JiraConfig>): Ask {
  const { apiToken, username, deployment } = config
  const baseUrl = config.baseUrl.replace(/\/+$/, '')
  const credentials = username ? Buffer.from(`${username}:${apiToken}`).toString('base64') : apiToken
  const headers = { accept: 'application/json', authorization: `${username ? 'Basic' : 'Bearer'} ${credentials}` }
  const about = (purpose: string): JiraRequest => ({
    purpose,
    site: baseUrl,
    account: username ?? 'the configured account',
    deployment,
    secrets: [credentials, apiToken],
  })

  async function send(request: JiraRequest, options: SendRequestOptions): Promise<JiraAnswer<unknown>> {
    const { method = 'GET', body } = options
    // jira.js knows version 3 only. What Data Center answers in version 2 lies at the same places.
    const path = deployment === 'data-center' ? options.url.replace('/rest/api/3/', '/rest/api/2/') : options.url
    const url = `${baseUrl}${path}${queryOf(options.searchParams)}`
    const init: RequestInit =
      body === undefined
        ? { method, headers }
        : { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(url, init).catch((error) => {
      throw isMillraceError(error) && error.code === 'UNAUTHORIZED' ? unauthorized(request, error) : error
    })
    const bytes = await bytesOf(request, response)
    const failure = failureOf(request, response.status, bytes)
    if (failure) throw failure
    // Bad credentials do not fail on Jira Cloud: they are answered as if nobody had signed in, with status 200.
    if (/AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(response.headers.get('x-seraph-loginreason') ?? '')) {
      throw unauthorized(request)
    }
    const date = Date.parse(response.headers.get('date') ?? '')
    return {
      bytes,
      body: parseJson(request, bytes, response.headers.get('content-type')),
      serverTime: Number.isNaN(date) ? clock.now() : date,
    }
  }

  async function bytesOf(request: JiraRequest, response: Response): Promise<Uint8Array> {
    try {
      return await readBytes(response)
    } catch (error) {
      signal.throwIfAborted()
      throw isMillraceError(error) ? error : unreadable(request, '', 'application/json', error)
    }
  }

  async function ask<Body>(
    purpose: string,
    schema: z.ZodType<Body>,
    call: (client: Client) => Promise<unknown>,
  ): Promise<JiraAnswer<Body>> {
    const request = about(purpose)
    const answers: JiraAnswer<unknown>[] = []
    await call({
      async sendRequest<T>(options: SendRequestOptions<T>): Promise<T> {
        const answer = await send(request, options)
        answers.push(answer)
        return answer.body as T
      },
    })
    const [answer] = answers
    const parsed = schema.safeParse(answer?.body)
    if (!answer || !parsed.success) throw unexpected(request, parsed.error)
    return { ...answer, body: parsed.data }
  }

  return ask
}

/** jira.js gives parameters as values; lists are repeated parameters. */
function queryOf(parameters: { readonly [name: string]: unknown } | undefined): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters ?? {})) {
    for (const single of Array.isArray(value) ? value : [value]) {
      if (single !== undefined && single !== null) query.append(name, String(single))
    }
  }
  return query.size === 0 ? '' : `?${query}`
}
