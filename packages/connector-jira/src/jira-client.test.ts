import { type Context, isMillraceError, MillraceError } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { jiraClient } from './jira-client.ts'
import { type JiraConfig, type JiraOptions, jiraOptions } from './jira-options.ts'

const OPTIONS: JiraOptions = { baseUrl: 'https://acme.atlassian.net/', username: 'ada@example.com', apiToken: 's3cret' }
const NOW = Date.UTC(2026, 0, 1)

type Fetch = Context<JiraConfig>['fetch']

describe('a request', () => {
  it('carries the account, and goes where jira.js knows the API to be', async () => {
    const sent = recording(json({ issues: [], isLast: true }))
    await clientOver(sent.fetch).issues({ condition: 'project = 1', maxResults: 50, nextPageToken: undefined })
    expect(sent.requests).toEqual([
      {
        url: 'https://acme.atlassian.net/rest/api/3/search/jql',
        method: 'POST',
        headers: {
          accept: 'application/json',
          authorization: `Basic ${btoa('ada@example.com:s3cret')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          expand: 'changelog',
          fields: ['*all'],
          jql: 'project = 1 ORDER BY created ASC, id ASC',
          maxResults: 50,
        }),
      },
    ])
  })

  it('keeps the path of a gateway, and sends a bare token as bearer', async () => {
    const sent = recording(json([]))
    const baseUrl = 'https://api.atlassian.com/ex/jira/1234'
    await clientOver(sent.fetch, { baseUrl, apiToken: 't0ken' }).statuses()
    expect(sent.requests[0]).toMatchObject({
      url: `${baseUrl}/rest/api/3/status`,
      headers: { authorization: 'Bearer t0ken' },
    })
  })

  it('repeats the name of a parameter that is a list', async () => {
    const sent = recording(json({ startAt: 0, total: 0, isLast: true, values: [] }))
    await clientOver(sent.fetch).projects({
      startAt: 0,
      maxResults: 100,
      status: ['live', 'archived'],
      keys: ['A', 'B'],
    })
    expect(new URL(sent.requests[0]?.url ?? '').search).toBe(
      '?startAt=0&maxResults=100&orderBy=key&keys=A&keys=B&expand=description%2Clead%2CissueTypes%2CprojectKeys&status=live&status=archived',
    )
  })
})

describe('an answer', () => {
  it('is kept byte by byte, and dated by the clock of the site', async () => {
    const bytes = new TextEncoder().encode('{"issues":[ ], "isLast":true, "big":12345678901234567890, "é":"\\u0000"}')
    const headers = { date: 'Thu, 01 Jan 2026 12:00:00 GMT' }
    const answer = await searchWith(async () => new Response(bytes, { headers }))
    expect(Buffer.from(answer.bytes)).toEqual(Buffer.from(bytes))
    expect(answer.serverTime).toBe(Date.UTC(2026, 0, 1, 12))
  })

  it('without a date is dated by our own', async () => {
    expect((await searchWith(json({ issues: [], isLast: true }))).serverTime).toBe(NOW)
  })

  it.each([
    [
      400,
      { errorMessages: ["The value 'X' does not exist."], errors: {} },
      'HTTP_STATUS',
      /does not accept the request \("The value 'X' does not exist\."\)\. Check `jql` and `projects`/,
    ],
    [403, { message: 'Forbidden' }, 'HTTP_STATUS', /ada@example\.com is not permitted .*\("Forbidden"\)/],
    [404, 'not json', 'HTTP_STATUS', /does not have it, or hides it from ada@example\.com\. Check the base URL/],
    [
      410,
      { errorMessages: ['The requested API has been removed.'] },
      'HTTP_STATUS',
      /has removed this API .* Upgrade @millrace\/connector-jira/,
    ],
    [418, {}, 'HTTP_STATUS', /answered with status 418/],
    [429, {}, 'RATE_LIMITED', /answered with status 429/],
    [503, {}, 'HTTP_UNAVAILABLE', /answered with status 503/],
    [401, {}, 'UNAUTHORIZED', /does not accept the token of ada@example\.com\. Create a new API token/],
  ] as const)('with status %i says what is the matter', async (status, body, code, sentence) => {
    const error = await failure(
      async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
    )
    expect(error).toMatchObject({ code, message: expect.stringMatching(sentence) })
    expect(error.message).toMatch(/^Failed to search issues: .*https:\/\/acme\.atlassian\.net/)
    expect(error.message).not.toContain('s3cret')
  })

  it.each([
    ['refuses', 403, (text: string) => JSON.stringify({ message: text })],
    [
      'refuses, with characters escaped that need it not,',
      403,
      (text: string) =>
        JSON.stringify({ message: text }).replaceAll('3', String.raw`\u0033`).replaceAll('=', String.raw`\u003d`),
    ],
    ['is a page for people', 200, (text: string) => `<p>${text}`],
  ])('that %s and repeats what it was asked with tells no secret', async (_, status, body) => {
    const error = await failure(async (_url, init) => {
      const sent = new Headers(init?.headers).get('authorization') ?? ''
      return new Response(body(`${sent} s3cret`), { status, headers: { 'content-type': 'text/html' } })
    })
    expect(error.message).toContain('[hidden] [hidden]')
    expect(error.message).not.toContain('s3cret')
    expect(error.message).not.toContain(Buffer.from('ada@example.com:s3cret').toString('base64'))
  })

  it('that is refused below us says so in our words too', async () => {
    const error = await failure(async () => {
      throw new MillraceError('UNAUTHORIZED', { message: 'Failed to GET …: 401.' })
    })
    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining('a scoped token works only with'),
    })
  })

  it('to nobody is refused, although its status is 200 and its lists are empty', async () => {
    const headers = { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' }
    const error = await failure(async () => new Response('{"issues":[],"isLast":true}', { headers }))
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', retryable: false })
  })

  it('that is a page for people is no JSON', async () => {
    const error = await failure(
      async () => new Response('<!doctype html><title>Log in', { headers: { 'content-type': 'text/html' } }),
    )
    expect(error).toMatchObject({ code: 'NOT_JSON', message: expect.stringContaining('begins with "<!doctype html>') })
  })

  it('that stops in the middle is asked for again', async () => {
    const error = await failure(async () => new Response('{"issues":[{"id":"1","fie'))
    expect(error).toMatchObject({
      code: 'HTTP_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('cut after 25 characters'),
    })
  })

  it('whose connection breaks is asked for again', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
    expect(await failure(async () => new Response(broken))).toMatchObject({ code: 'HTTP_UNAVAILABLE', retryable: true })
  })

  it('of another kind names the property that is wrong', async () => {
    expect(await failure(json({ values: [] }))).toMatchObject({
      code: 'INVALID_BODY',
      message: expect.stringContaining('(issues: '),
    })
  })
})

function clientOver(fetch: Fetch, options: JiraOptions = OPTIONS): ReturnType<typeof jiraClient> {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  return jiraClient({
    config: jiraOptions.parse(options),
    fetch,
    log,
    signal: new AbortController().signal,
    clock: { now: () => NOW, monotonic: () => 0, sleep: async () => undefined },
    window: { until: new Date(NOW) },
    options: { fullSync: false },
    integration: { id: 1, tenantId: 1, name: 'test' },
    async *rows() {},
    upToDateSince: async () => undefined,
    warn: () => undefined,
  })
}

function searchWith(fetch: Fetch): ReturnType<ReturnType<typeof jiraClient>['issues']> {
  return clientOver(fetch).issues({ condition: 'project = 1', maxResults: 100 })
}

async function failure(fetch: Fetch): Promise<MillraceError> {
  const error: unknown = await searchWith(fetch).catch((caught) => caught)
  if (isMillraceError(error)) return error
  throw new Error('the request did not fail as it should', { cause: error })
}

function json(body: unknown): Fetch {
  return async () => new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } })
}

function recording(answer: Fetch): { fetch: Fetch; requests: (RequestInit & { url: string })[] } {
  const requests: (RequestInit & { url: string })[] = []
  const fetch: Fetch = (url, init) => {
    requests.push({ url: String(url), ...init })
    return answer(url, init)
  }
  return { fetch, requests }
}
