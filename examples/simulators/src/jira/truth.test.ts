import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checksumOf } from './checksum.ts'
import { bulkChangelogResponse, searchResponse } from './contract/responses.ts'
import { type JiraSimulator, startJiraSimulator } from './start-jira-simulator.ts'
import { createTestClient, type TestClient } from './test-client.ts'

const named = z.looseObject({ id: z.string() })
const person = z.looseObject({ accountId: z.string() })
const readFields = z.looseObject({
  project: named,
  issuetype: named,
  status: named,
  summary: z.string(),
  created: z.string(),
  updated: z.string(),
  resolutiondate: z.string().nullable(),
  resolution: named.nullable(),
  priority: named,
  assignee: person.nullable(),
  reporter: person,
  parent: named.optional(),
  labels: z.array(z.string()),
  customfield_10016: z.number().nullable(),
  customfield_10020: z.array(z.looseObject({ id: z.int() })).nullable(),
})

describe('the truth about a site', () => {
  let jira: JiraSimulator
  let client: TestClient
  beforeEach(async () => {
    jira = await startJiraSimulator({ issues: 400, timeZone: 'Europe/Berlin' })
    client = createTestClient(jira)
  })
  afterEach(() => jira.close())

  /** Reads every issue and transition over HTTP, in the shape of the truth. */
  const read = async () => {
    const issues: unknown[] = []
    const ids: string[] = []
    for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
      const fields = ['*all']
      const { json } = await client.post(
        '/rest/api/3/search/jql',
        { jql: 'created >= "2000-01-01" ORDER BY created ASC', fields, maxResults: 100, nextPageToken: token },
        searchResponse,
      )
      for (const issue of json.issues) {
        if (!('key' in issue)) throw new Error(`Issue ${issue.id} came without its key.`)
        const fields = readFields.parse(issue.fields)
        ids.push(issue.id)
        issues.push({
          id: issue.id,
          key: issue.key,
          projectId: fields.project.id,
          typeId: fields.issuetype.id,
          statusId: fields.status.id,
          summary: fields.summary,
          created: Date.parse(fields.created),
          updated: Date.parse(fields.updated),
          resolved: fields.resolutiondate === null ? null : Date.parse(fields.resolutiondate),
          resolutionId: fields.resolution?.id ?? null,
          priorityId: fields.priority.id,
          assigneeId: fields.assignee?.accountId ?? null,
          reporterId: fields.reporter.accountId,
          parentId: fields.parent?.id ?? null,
          storyPoints: fields.customfield_10016,
          sprintIds: fields.customfield_10020?.map(({ id }) => String(id)) ?? [],
          labels: fields.labels,
        })
      }
      token = 'nextPageToken' in json ? json.nextPageToken : undefined
    }
    const { json } = await client.post(
      '/rest/api/3/changelog/bulkfetch',
      { issueIdsOrKeys: ids, maxResults: 10_000 },
      bulkChangelogResponse,
    )
    const transitions = json.issueChangeLogs.flatMap(({ issueId, changeHistories }) =>
      changeHistories.flatMap(({ id, created, items }) =>
        items
          .filter(({ field }) => field === 'status')
          .map(({ from, to }) => ({ issueId, historyId: id, fromStatusId: from, toStatusId: to, at: created })),
      ),
    )
    return { issues, transitions }
  }

  it('is what a full read over HTTP finds, before and after the site evolves', async () => {
    for (const request of [
      {},
      { edits: 60, moves: 10, unlinks: 5, deletions: 10, additions: 20 },
      { transitions: 30, moves: 5 },
    ]) {
      jira.evolve(request)
      const { issues, transitions } = await read()
      const truth = jira.truth()
      expect(issues).toEqual([...truth.issues()])
      expect(checksumOf(issues)).toBe(checksumOf(truth.issues()))
      expect(checksumOf(transitions.toReversed())).toBe(checksumOf(truth.transitions()))
      expect(jira.checksums()).toMatchObject({ issues: checksumOf(issues), transitions: checksumOf(transitions) })
      expect(jira.counts()).toMatchObject({ issues: issues.length, transitions: transitions.length })
    }
    expect(jira.counts().deletedIssueIds).toBe(10)
  })

  it('has checksums that notice any difference in content and none in order', () => {
    const facts = [{ a: 1, b: [null, 'x'] }, { a: 2 }]
    expect(checksumOf(facts)).toBe(checksumOf([{ a: 2 }, { b: [null, 'x'], a: 1 }]))
    expect(checksumOf(facts)).not.toBe(checksumOf([{ a: 2 }, { b: [null, 'y'], a: 1 }]))
    expect(checksumOf(facts)).not.toBe(checksumOf([...facts, { a: 2 }]))
  })

  it('includes every byte that was sent', async () => {
    const { text } = await client.post(
      '/rest/api/3/search/jql',
      { jql: 'project = CORE', fields: ['*all'] },
      searchResponse,
    )
    const exchange = jira.requests().responses.at(-1)
    expect(exchange).toMatchObject({
      route: '/rest/api/3/search/jql',
      status: 200,
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
      complete: true,
    })
    expect(jira.requests().byRoute).toEqual({ 'POST /rest/api/3/search/jql': 1 })
  })
})
