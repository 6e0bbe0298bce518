import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  bulkChangelogResponse,
  errorResponse,
  issueResponse,
  projectPageResponse,
  searchResponse,
} from './contract/responses.ts'
import type { FaultInput } from './faults.ts'
import { type JiraSimulator, startJiraSimulator } from './start-jira-simulator.ts'
import { basic, createTestClient, type TestClient } from './test-client.ts'

const SEARCH = '/rest/api/3/search/jql'
const BODY = { jql: 'project = CORE ORDER BY created ASC', fields: ['summary'], maxResults: 100 }
const anything = z.unknown()

describe('faults', () => {
  let jira: JiraSimulator
  let client: TestClient
  beforeEach(async () => {
    jira = await startJiraSimulator({ issues: 700 })
    client = createTestClient(jira)
  })
  afterEach(() => jira.close())

  const raw = (body: object = BODY): Promise<Response> =>
    fetch(jira.url + SEARCH, {
      method: 'POST',
      headers: { authorization: basic(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const search = async (body: object = BODY) => (await client.post(SEARCH, body, searchResponse)).json

  it('hit the requests that match, after those that are let through, as often as they are told', async () => {
    jira.faults.add({ kind: 'status', status: 503, method: 'POST', path: '/rest/api/3/search/*', skip: 1, times: 2 })
    expect((await client.get('/rest/api/3/field', anything)).status).toBe(200)
    const statuses: number[] = []
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await raw()).status)
    expect(statuses).toEqual([200, 503, 503, 200, 200])
    expect(jira.faults.pending()).toEqual([])
  })

  it('of the rate-limit kind carry the headers of Jira, or none from the gateway', async () => {
    jira.faults.add(
      { kind: 'rate-limit', retryAfterSeconds: 7, reason: 'jira-quota-tenant-based' },
      { kind: 'gateway-rate-limit', skip: 1 },
    )
    const jiraLimit = await client.post(SEARCH, BODY, errorResponse)
    expect(jiraLimit.status).toBe(429)
    expect(jiraLimit.headers.get('retry-after')).toBe('7')
    expect(jiraLimit.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(jiraLimit.headers.get('x-ratelimit-reset')).toMatch(/^2026-\d\d-\d\dT\d\d:\d\dZ$/)
    expect(jiraLimit.headers.get('ratelimit-reason')).toBe('jira-quota-tenant-based')
    const gatewayLimit = await client.post(SEARCH, BODY, anything)
    expect([gatewayLimit.status, gatewayLimit.headers.get('retry-after')]).toEqual([429, null])
    expect(gatewayLimit.headers.get('x-failure-category')).toBe('FAILURE CLIENT RATE LIMITED')
  })

  it.each([500, 502, 503, 504] as const)('answer %i', async (status) => {
    jira.faults.add({ kind: 'status', status, retryAfterSeconds: 3 })
    const response = await raw()
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, '3'])
    expect(response.headers.get('content-type')).toContain(
      status === 502 || status === 504 ? 'text/html' : 'application/json',
    )
    await response.body?.cancel()
  })

  it('shorten pages without losing what comes after', async () => {
    jira.faults.add({ kind: 'short-page', size: 3 })
    const first = await search()
    const second = await search({ ...BODY, nextPageToken: 'nextPageToken' in first ? first.nextPageToken : undefined })
    const whole = await search()
    expect(first.issues).toHaveLength(3)
    expect([...first.issues, ...second.issues].slice(0, 100)).toEqual(whole.issues)
    jira.faults.add({ kind: 'short-page', size: 2, path: '/rest/api/3/project/*' })
    const { json } = await client.get('/rest/api/3/project/search', projectPageResponse)
    expect([json.values.length, json.isLast]).toEqual([2, false])
  })

  it('repeat the token of a request, or call it expired', async () => {
    jira.faults.add({ kind: 'repeated-token' }, { kind: 'expired-token', skip: 1 })
    const first = await search()
    const token = 'nextPageToken' in first ? first.nextPageToken : undefined
    expect(await search({ ...BODY, nextPageToken: token })).toMatchObject({ nextPageToken: token, isLast: false })
    const expired = await client.post(SEARCH, { ...BODY, nextPageToken: token }, errorResponse)
    expect([expired.status, expired.json.errorMessages[0]]).toEqual([400, expect.stringContaining('expired')])
    expect('nextPageToken' in (await search())).toBe(true)
  })

  it('leave the token out of a page that is not the last, and of no other', async () => {
    jira.faults.add({ kind: 'missing-token', times: 2 })
    const { json } = await client.post(SEARCH, BODY, anything)
    expect(json).toEqual({ issues: expect.any(Array), isLast: false })
    expect(await search({ ...BODY, jql: 'id = 10000' })).toMatchObject({ isLast: true })
  })

  it('say that a list is longer than it is', async () => {
    jira.faults.add({ kind: 'wrong-total', path: '*/project/search', more: 2, times: 2 })
    const { json } = await client.get('/rest/api/3/project/search', projectPageResponse)
    expect([json.total, json.isLast]).toEqual([json.values.length + 2, false])
    const end = await client.get(`/rest/api/3/project/search?startAt=${json.values.length}`, projectPageResponse)
    expect([end.json.values, end.json.isLast]).toEqual([[], false])
  })

  it('answer for a code host that is out of order', async () => {
    jira.faults.add({ kind: 'panel-errors', path: '/rest/dev-status/*' })
    const { status, json } = await client.get('/rest/dev-status/latest/issue/summary?issueId=10000', anything)
    expect([status, json]).toEqual([200, expect.objectContaining({ errors: [expect.anything()], summary: {} })])
  })

  it('cut a body in the middle', async () => {
    jira.faults.add({ kind: 'cut-body' })
    const response = await raw()
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect(jira.requests().responses.at(-1)).toMatchObject({ complete: false, faults: ['cut-body'] })
  })

  it('slow a body down without changing it', async () => {
    jira.faults.add({ kind: 'slow-body', ms: 20 })
    const slow = await (await raw()).text()
    expect(slow).toBe(await (await raw()).text())
  })

  it('answer something that is no JSON, or empty lists as to a stranger', async () => {
    jira.faults.add({ kind: 'not-json' }, { kind: 'empty-lists', skip: 1 })
    expect(await (await raw()).text()).toContain('<!DOCTYPE html>')
    const stranger = await client.post(SEARCH, BODY, searchResponse)
    expect(stranger.json).toEqual({ issues: [], isLast: true })
    expect(stranger.headers.get('x-seraph-loginreason')).toBe('AUTHENTICATED_FAILED')
  })

  it('truncate changelogs and drop the fields of one issue', async () => {
    const faults: FaultInput[] = [
      { kind: 'truncated-changelog', keep: 2, path: '*/changelog/bulkfetch' },
      { kind: 'missing-fields', position: 1, path: '*/search/jql' },
    ]
    jira.faults.add(...faults)
    const { json } = await client.post(
      '/rest/api/3/changelog/bulkfetch',
      { issueIdsOrKeys: ['10000', '10001', '10002'] },
      bulkChangelogResponse,
    )
    expect(Math.max(...json.issueChangeLogs.map(({ changeHistories }) => changeHistories.length))).toBeLessThanOrEqual(
      2,
    )
    const { issues } = await search()
    expect(issues.slice(0, 3).map((issue) => 'fields' in issue)).toEqual([true, false, true])
    jira.faults.add({ kind: 'truncated-changelog', keep: 1, hidesTotal: true })
    const cut = await client.get('/rest/api/3/issue/10000?expand=changelog', anything)
    expect(cut.json).toMatchObject({ changelog: { total: 1, histories: { length: 1 } } })
  })

  it('and evolution are steered over HTTP as well', async () => {
    const armed = await client.post('/__faults', [{ kind: 'status', status: 500 }], anything)
    expect([armed.status, armed.json]).toEqual([200, [expect.objectContaining({ kind: 'status', times: 1 })]])
    expect((await client.post('/__faults', { kind: 'nonsense' }, anything)).status).toBe(400)
    await fetch(`${jira.url}/__faults`, { method: 'DELETE' })
    expect((await client.get('/rest/api/3/issue/10001', issueResponse)).status).toBe(200)
    const evolved = await client.post('/__evolve', { deletions: ['10001'] }, anything)
    expect(evolved.json).toMatchObject({ deleted: ['10001'] })
    expect((await client.post('/__evolve', { deletions: ['10001'] }, anything)).status).toBe(400)
    expect((await client.get('/rest/api/3/issue/10001', errorResponse)).status).toBe(404)
  })
})
