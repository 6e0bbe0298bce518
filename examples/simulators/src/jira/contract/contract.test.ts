import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { type JiraSimulator, startJiraSimulator } from '../start-jira-simulator.ts'
import { createTestClient, type TestClient } from '../test-client.ts'
import * as contract from './responses.ts'

/** Every endpoint, asked in the ways that clients ask it. */
const GETS: readonly (readonly [path: string, schema: z.ZodType])[] = [
  ['/rest/api/3/myself', contract.userResponse],
  ['/rest/api/3/project/search?maxResults=2', contract.projectPageResponse],
  [
    '/rest/api/3/project/search?expand=issueTypes,lead,description&status=live&status=archived',
    contract.projectPageResponse,
  ],
  ['/rest/api/3/project/search?orderBy=-name&keys=CORE&keys=PAY', contract.projectPageResponse],
  ['/rest/api/3/project/CORE/statuses', contract.projectStatusesResponse],
  ['/rest/api/3/project/WEB/statuses', contract.projectStatusesResponse],
  ['/rest/api/3/project/CORE/versions', contract.versionsResponse],
  ['/rest/api/3/project/CORE/components', contract.componentsResponse],
  ['/rest/api/3/status', contract.statusResponse.array()],
  ['/rest/api/3/statuses/search?maxResults=5', contract.statusPageResponse],
  ['/rest/api/3/statuses/search?projectId=10002&statusCategory=DONE', contract.statusPageResponse],
  ['/rest/api/3/issuetype', contract.issueTypeResponse.array()],
  ['/rest/api/3/issuetype/project?projectId=10002&level=-1', contract.issueTypeResponse.array()],
  ['/rest/api/3/issueLinkType', contract.linkTypesResponse],
  ['/rest/api/3/field', contract.fieldsResponse],
  ['/rest/api/3/field/search?type=custom&maxResults=10', contract.fieldPageResponse],
  ['/rest/api/3/issue/CORE-2', contract.issueResponse],
  ['/rest/api/3/issue/10005?fields=summary,status&expand=changelog', contract.issueResponse],
  ['/rest/api/3/issue/10005/changelog?maxResults=1000', contract.changelogPageResponse],
  ['/rest/api/3/issue/10005/comment', contract.commentPageResponse],
  ['/rest/api/3/issue/10005/worklog', contract.worklogPageResponse],
  [
    '/rest/api/3/search/jql?jql=project%20in%20(CORE,WEB)&fields=summary&fields=status,updated',
    contract.searchResponse,
  ],
  ['/rest/dev-status/latest/issue/summary?issueId=10005', contract.developmentSummaryResponse],
]

const JQL = 'project = CORE AND updated >= "2024-01-01 00:00" ORDER BY created ASC'
const IDS = Array.from({ length: 90 }, (_, order) => String(10_000 + order * 3))

const POSTS: readonly (readonly [path: string, body: unknown, schema: z.ZodType])[] = [
  ['/rest/api/3/search/jql', { jql: JQL }, contract.searchResponse],
  ['/rest/api/3/search/jql', { jql: JQL, fields: ['id', 'key'], maxResults: 5000 }, contract.searchResponse],
  [
    '/rest/api/3/search/jql',
    { jql: JQL, fields: ['*all'], expand: 'changelog,names,schema', maxResults: 100 },
    contract.searchResponse,
  ],
  ['/rest/api/3/search/jql', { jql: JQL, fields: ['*navigable', '-description'] }, contract.searchResponse],
  ['/rest/api/3/search/approximate-count', { jql: 'project = CORE' }, contract.countResponse],
  [
    '/rest/api/3/issue/bulkfetch',
    { issueIdsOrKeys: IDS, fields: ['*all'], expand: ['changelog'] },
    contract.bulkFetchResponse,
  ],
  ['/rest/api/3/issue/bulkfetch', { issueIdsOrKeys: IDS }, contract.bulkFetchResponse],
  ['/rest/api/3/changelog/bulkfetch', { issueIdsOrKeys: IDS }, contract.bulkChangelogResponse],
  [
    '/rest/api/3/changelog/bulkfetch',
    { issueIdsOrKeys: IDS, fieldIds: ['status'], maxResults: 10 },
    contract.bulkChangelogResponse,
  ],
]

describe('the answers of the simulated site', () => {
  let jira: JiraSimulator
  let client: TestClient
  beforeAll(async () => {
    jira = await startJiraSimulator({ issues: 600, timeZone: 'Asia/Kolkata', validateTraffic: true })
    jira.evolve({ edits: 30, moves: 10, unlinks: 10, deletions: 5, additions: 5 })
    client = createTestClient(jira)
  })
  afterAll(() => jira.close())

  it.each(GETS)('keep their contract: GET %s', async (path, schema) => {
    expect(await client.get(path, schema)).toMatchObject({ status: 200 })
  })

  it.each(POSTS)('keep their contract: POST %s %j', async (path, body, schema) => {
    expect(await client.post(path, body, schema)).toMatchObject({ status: 200 })
  })

  it('describe every pull request of every issue once per instance', async () => {
    for (const issueId of IDS) {
      const { json } = await client.get(
        `/rest/dev-status/latest/issue/summary?issueId=${issueId}`,
        contract.developmentSummaryResponse,
      )
      const { overall, byInstanceType } = json.summary.pullrequest ?? { overall: { count: 0 }, byInstanceType: {} }
      let total = 0
      for (const [instance, { count }] of Object.entries(byInstanceType)) {
        const query = `issueId=${issueId}&applicationType=${instance}&dataType=pullrequest`
        const detail = await client.get(
          `/rest/dev-status/latest/issue/detail?${query}`,
          contract.developmentDetailResponse,
        )
        expect(detail.json.detail.flatMap(({ pullRequests }) => pullRequests)).toHaveLength(count)
        total += count
      }
      expect(total).toBe(overall.count)
    }
  })

  it("fit Atlassian's own description of the API", ({ skip }) => {
    if (!jira.validatesTraffic) skip("Atlassian's OpenAPI file is not at ../shared/api-specs")
    expect(jira.violations()).toEqual([])
  })
})
