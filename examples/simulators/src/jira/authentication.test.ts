import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { errorResponse, projectPageResponse, searchResponse, userResponse } from './contract/responses.ts'
import { type JiraSimulator, startJiraSimulator } from './start-jira-simulator.ts'
import { basic, createTestClient } from './test-client.ts'

const anything = z.unknown()

describe('credentials', () => {
  let jira: JiraSimulator
  beforeAll(async () => {
    jira = await startJiraSimulator({ issues: 50, email: 'me@example.com', token: 'secret', timeZone: 'Asia/Tokyo' })
  })
  afterAll(() => jira.close())

  it('that are right open the site', async () => {
    const { status, json } = await createTestClient(jira, basic('me@example.com', 'secret')).get(
      '/rest/api/3/myself',
      userResponse,
    )
    expect([status, json.emailAddress, json.timeZone]).toEqual([200, 'me@example.com', 'Asia/Tokyo'])
  })

  it('that are wrong get 200 and empty lists, a header that tells, and 401 only from /myself', async () => {
    const client = createTestClient(jira, basic('me@example.com', 'wrong'))
    const projects = await client.get('/rest/api/3/project/search', projectPageResponse.partial())
    expect([projects.status, projects.json.total, projects.json.values]).toEqual([200, 0, []])
    expect(projects.headers.get('x-seraph-loginreason')).toBe('AUTHENTICATED_FAILED')
    const search = await client.post('/rest/api/3/search/jql', { jql: 'project = CORE' }, searchResponse)
    expect([search.status, search.json]).toEqual([200, { issues: [], isLast: true }])
    expect((await client.get('/rest/api/3/myself', errorResponse)).status).toBe(401)
    expect((await client.get('/rest/api/3/issue/CORE-1', errorResponse)).status).toBe(404)
  })

  it('of the bearer kind are refused by the site', async () => {
    const { status, json } = await createTestClient(jira, 'Bearer secret').get('/rest/api/3/myself', anything)
    expect([status, json]).toEqual([403, { error: 'Failed to parse Connect Session Auth Token' }])
  })

  it('of the bearer kind open the gateway, but not the development panel', async () => {
    const gateway = createTestClient({ url: `${jira.url}/ex/jira/any-cloud` }, 'Bearer secret')
    expect((await gateway.get('/rest/api/3/myself', userResponse)).status).toBe(200)
    const panel = await gateway.get('/rest/dev-status/latest/issue/summary?issueId=10000', anything)
    expect([panel.status, panel.json]).toEqual([401, { code: 401, message: 'Unauthorized; scope does not match' }])
    const wrong = createTestClient({ url: `${jira.url}/ex/jira/any-cloud` }, 'Bearer other')
    expect((await wrong.get('/rest/api/3/myself', anything)).status).toBe(401)
  })
})
