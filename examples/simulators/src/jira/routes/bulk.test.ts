import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bulkChangelogResponse,
  bulkFetchResponse,
  changelogPageResponse,
  errorResponse,
} from '../contract/responses.ts'
import { type JiraSimulator, startJiraSimulator } from '../start-jira-simulator.ts'
import { createTestClient, type TestClient } from '../test-client.ts'

const CHANGELOGS = '/rest/api/3/changelog/bulkfetch'
const ISSUES = '/rest/api/3/issue/bulkfetch'
const ids = (count: number): string[] => Array.from({ length: count }, (_, order) => String(10_000 + order))

describe('bulk endpoints', () => {
  let jira: JiraSimulator
  let client: TestClient
  beforeAll(async () => {
    jira = await startJiraSimulator({ issues: 1100 })
    client = createTestClient(jira)
  })
  afterAll(() => jira.close())

  const refusal = async (path: string, body: object) => {
    const { status, json } = await client.post(path, body, errorResponse)
    return [status, json.errorMessages[0]]
  }

  it('split the changelogs of a thousand issues over pages, by date, without losing or doubling a history', async () => {
    const histories = new Map<string, string[]>()
    const times: number[] = []
    for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
      const { json } = await client.post(
        CHANGELOGS,
        { issueIdsOrKeys: ids(1000), maxResults: 500, nextPageToken: token },
        bulkChangelogResponse,
      )
      const page = json.issueChangeLogs.flatMap(({ issueId, changeHistories }) =>
        changeHistories.map((history) => ({ issueId, history })),
      )
      expect(page.length).toBeLessThanOrEqual(500)
      times.push(
        Math.min(...page.map(({ history }) => history.created)),
        Math.max(...page.map(({ history }) => history.created)),
      )
      for (const { issueId, history } of page) histories.set(issueId, [...(histories.get(issueId) ?? []), history.id])
      token = json.nextPageToken
    }
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const truth = [...jira.truth().changelogs()].filter(({ issueId }) => Number(issueId) < 11_000)
    expect([...histories].map(([issueId, own]) => [issueId, new Set(own).size, own.length]).toSorted()).toEqual(
      truth.map(({ issueId, histories: count }) => [issueId, count, count]).toSorted(),
    )
  })

  it('tell the same story as the changelog of a single issue, except for the form of time', async () => {
    const issueId = '10012'
    const single = await client.get(`/rest/api/3/issue/${issueId}/changelog`, changelogPageResponse)
    const bulk = await client.post(CHANGELOGS, { issueIdsOrKeys: [issueId] }, bulkChangelogResponse)
    const iso = bulk.json.issueChangeLogs.flatMap(({ changeHistories }) =>
      changeHistories.map((history) => ({
        ...history,
        created: new Date(history.created).toISOString().replace('Z', '+0000'),
      })),
    )
    expect(iso).toEqual(single.json.values)
  })

  it('filter changelogs by field, and leave out issues that have none left', async () => {
    const { json } = await client.post(
      CHANGELOGS,
      { issueIdsOrKeys: ids(200), fieldIds: ['status'], maxResults: 10_000 },
      bulkChangelogResponse,
    )
    const items = json.issueChangeLogs.flatMap(({ changeHistories }) =>
      changeHistories.flatMap((history) => history.items),
    )
    expect(new Set(items.map(({ fieldId }) => fieldId))).toEqual(new Set(['status']))
  })

  it('clamp the pages of a single changelog at a hundred, and say so', async () => {
    const long = [...jira.truth().changelogs()].find(({ histories }) => histories > 100)
    const { json } = await client.get(
      `/rest/api/3/issue/${long?.issueId}/changelog?maxResults=1000`,
      changelogPageResponse,
    )
    expect([json.values.length, json.maxResults, json.total, json.isLast]).toEqual([100, 100, long?.histories, false])
    const rest = await client.get(json.nextPage?.slice(jira.url.length) ?? '', changelogPageResponse)
    expect(rest.json.values).toHaveLength((long?.histories ?? 0) - 100)
  })

  it('fetch issues by ascending id, once each, and say nothing of what is missing', async () => {
    const { json } = await client.post(
      ISSUES,
      { issueIdsOrKeys: ['10005', 'NOPE-1', '10001', '10005', '99999'], fields: ['summary'] },
      bulkFetchResponse,
    )
    expect(json.issues.map(({ id }) => id)).toEqual(['10001', '10005'])
    expect(json.issueErrors).toEqual([])
  })

  it('fetch a thousand issues only with fields that are named and single-valued', async () => {
    expect(
      (await client.post(ISSUES, { issueIdsOrKeys: ids(1000), fields: ['summary'] }, bulkFetchResponse)).json.issues,
    ).toHaveLength(1000)
    for (const [most, body] of [
      [1000, { issueIdsOrKeys: ids(1001), fields: ['summary'] }],
      [100, { issueIdsOrKeys: ids(101) }],
      [100, { issueIdsOrKeys: ids(101), fields: ['*all'] }],
      [100, { issueIdsOrKeys: ids(101), fields: ['summary', 'comment'] }],
      [100, { issueIdsOrKeys: ids(101), fields: ['summary'], expand: ['changelog'] }],
    ] as const) {
      expect(await refusal(ISSUES, body)).toEqual([400, expect.stringContaining(`up to ${most} issues`)])
    }
  })

  it('refuse what Jira refuses', async () => {
    expect(await refusal(CHANGELOGS, { issueIdsOrKeys: ids(1001) })).toEqual([
      400,
      'You may only load changelogs for a maximum of 1,000 issues by ID or key at a time.',
    ])
    expect((await refusal(CHANGELOGS, { issueIdsOrKeys: [] }))[0]).toBe(400)
    expect((await refusal(CHANGELOGS, { issueIdsOrKeys: ids(1), maxResults: 10_001 }))[0]).toBe(400)
    expect((await refusal(CHANGELOGS, { issueIdsOrKeys: ids(1), startAt: 0 }))[0]).toBe(400)
    expect((await refusal(CHANGELOGS, { issueIdsOrKeys: ids(1), nextPageToken: 'nonsense' }))[0]).toBe(400)
    expect((await refusal(ISSUES, { issueIdsOrKeys: ids(1), expand: 'names' }))[0]).toBe(400)
  })
})
