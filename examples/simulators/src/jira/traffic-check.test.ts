import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type JiraSimulator, type JiraSimulatorOptions, startJiraSimulator } from './start-jira-simulator.ts'
import { createTestClient } from './test-client.ts'

const SEARCH = '/rest/api/3/search/jql'
const anything = z.unknown()

describe('checking traffic', () => {
  let jira: JiraSimulator
  const start = async (options: JiraSimulatorOptions = {}) => {
    jira = await startJiraSimulator({ issues: 50, validateTraffic: true, ...options })
    return createTestClient(jira)
  }
  afterEach(() => jira.close())

  it('notices parameters and keys that Atlassian does not describe', async ({ skip }) => {
    const client = await start()
    if (!jira.validatesTraffic) skip("Atlassian's OpenAPI file is not at ../shared/api-specs")
    await client.get('/rest/api/3/project/search?page=2', anything)
    await client.get('/rest/api/3/project/search?maxResults=many', anything)
    await client.get('/rest/api/3/issuetype/project', anything)
    await client.post(SEARCH, { jql: 'project = CORE', startAt: 5 }, anything)
    expect(jira.violations().map(({ where, message }) => `${where}: ${message.trim()}`)).toEqual([
      'query: unknown parameter page',
      'query: maxResults must be integer',
      'query: missing parameter projectId',
      'body: must NOT have additional properties (startAt)',
      'body: is refused by the contract',
    ])
  })

  it('accepts what clients send every day', async () => {
    const client = await start()
    await client.get('/rest/api/3/project/search?status=live&status=archived&maxResults=50', anything)
    await client.get(`${SEARCH}?jql=${encodeURIComponent('project in (CORE, PAY)')}&fields=summary,status`, anything)
    await client.post(SEARCH, { jql: 'project = CORE', fields: ['*all'], expand: 'changelog' }, anything)
    expect(jira.violations()).toEqual([])
  })

  it('notices requests that the contract refuses where Atlassian’s file is missing', async () => {
    const client = await start({ openApiFile: '/nowhere/jira.json' })
    await client.post(SEARCH, { jql: 'project = CORE', startAt: 5 }, anything)
    expect(jira.violations()).toEqual([
      { method: 'POST', route: SEARCH, where: 'body', message: 'is refused by the contract' },
    ])
  })
})
