import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countResponse, errorResponse, searchResponse } from '../contract/responses.ts'
import { type JiraSimulator, startJiraSimulator } from '../start-jira-simulator.ts'
import { createTestClient, type TestClient } from '../test-client.ts'

const SEARCH = '/rest/api/3/search/jql'
const HOUR_MS = 3_600_000

describe('searching', () => {
  let jira: JiraSimulator
  let client: TestClient
  beforeEach(async () => {
    jira = await startJiraSimulator({ issues: 900, timeZone: 'America/New_York' })
    client = createTestClient(jira)
  })
  afterEach(() => jira.close())

  const page = async (jql: string, nextPageToken?: string, extra: object = {}) =>
    (
      await client.post(
        SEARCH,
        { jql, fields: ['updated', 'project'], maxResults: 100, nextPageToken, ...extra },
        searchResponse,
      )
    ).json
  const drain = async (jql: string, between: () => void = () => undefined, extra: object = {}): Promise<string[]> => {
    const ids: string[] = []
    for (let token: string | undefined; ; between()) {
      const { issues, ...rest } = await page(jql, token, extra)
      ids.push(...issues.map(({ id }) => id))
      if (rest.isLast) return ids
      token = rest.nextPageToken
    }
  }
  const expected = (filter: (issue: { projectId: string; updated: number }) => boolean): string[] =>
    [...jira.truth().issues()].filter(filter).map(({ id }) => id)
  const refusal = async (body: object) => (await client.post(SEARCH, body, errorResponse)).json.errorMessages[0]

  it('walks a project in the order of creation, a hundred at a time', async () => {
    expect(await drain('project = CORE ORDER BY created ASC')).toEqual(
      expected(({ projectId }) => projectId === '10000'),
    )
    expect(await drain('project in (CORE, 10001) ORDER BY created DESC')).toEqual(
      expected(({ projectId }) => projectId === '10000' || projectId === '10001').toReversed(),
    )
  })

  it('finds exactly what was touched since a minute of the user’s wall clock', async () => {
    const since = Date.UTC(2026, 0, 15, 17, 30)
    const found = await drain('project = CORE AND updated >= "2026-01-15 12:30" ORDER BY created ASC')
    expect(found).toEqual(expected(({ projectId, updated }) => projectId === '10000' && updated >= since))
    expect(found.length).toBeGreaterThan(10)
  })

  it('finds what was edited lately by a relative date', async () => {
    const { edited } = jira.evolve({ edits: 7 })
    expect(await drain('updated >= -60m ORDER BY updated ASC')).toHaveLength(new Set(edited).size)
  })

  it.each(['updated ASC, id ASC', 'updated DESC', 'key ASC', 'id DESC'])(
    'delivers every issue once, ordered by %s',
    async (order) => {
      const ids = await drain(`project = CORE ORDER BY ${order}`)
      expect(ids.toSorted()).toEqual(expected(({ projectId }) => projectId === '10000').toSorted())
    },
  )

  it('meets every issue that stays exactly once while others are edited, moved and deleted', async () => {
    const gone = new Set<string>()
    const ids = await drain('project = CORE ORDER BY created ASC', () => {
      const { deleted, moved } = jira.evolve({ edits: 20, deletions: 3, moves: 3 })
      for (const id of [...deleted, ...moved.map((move) => move.id)]) gone.add(id)
    })
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of expected(({ projectId }) => projectId === '10000')) if (!gone.has(id)) expect(ids).toContain(id)
  })

  it('lets an issue that is edited during a walk by `updated` be met again', async () => {
    const first = await page('project = CORE ORDER BY updated ASC')
    const early = first.issues[0]?.id ?? ''
    jira.evolve({ transitions: [early] })
    const ids = await drain('project = CORE ORDER BY updated ASC')
    expect(ids.at(-1)).toBe(early)
  })

  it('answers at most a hundred issues with fields, and thousands of ids', async () => {
    expect((await page('project = CORE', undefined, { maxResults: 5000 })).issues).toHaveLength(100)
    expect(
      (await page('created >= "2000-01-01"', undefined, { maxResults: 5000, fields: ['id'] })).issues,
    ).toHaveLength(900)
    expect((await page('project = CORE', undefined, { fields: undefined })).issues[0]).toEqual({
      id: expect.any(String),
    })
  })

  it('answers the fields that are asked for', async () => {
    const fieldsOf = async (...fields: string[]) => {
      const [issue] = (await page('id = 10004', undefined, { fields })).issues
      return issue !== undefined && 'fields' in issue ? Object.keys(issue.fields ?? {}) : undefined
    }
    expect(await fieldsOf('summary', 'status')).toEqual(['status', 'summary'])
    expect(await fieldsOf('*navigable')).not.toContain('comment')
    expect(await fieldsOf('*all')).toContain('comment')
    expect(await fieldsOf('*all', '-description')).not.toContain('description')
    expect(await fieldsOf('-summary')).toContain('description')
    expect(await fieldsOf('key')).toBeUndefined()
  })

  it('embeds the forty newest histories, and only `total` tells of the others', async () => {
    const long = [...jira.truth().changelogs()].find(({ histories }) => histories > 40)
    const { issues } = await page(`id = ${long?.issueId}`, undefined, { expand: 'changelog' })
    const changelog = issues[0] !== undefined && 'changelog' in issues[0] ? issues[0].changelog : undefined
    expect(changelog).toMatchObject({ total: long?.histories })
    const times = changelog?.histories.map(({ created }) => created) ?? []
    expect(times).toHaveLength(40)
    expect(times).toEqual(times.toSorted().toReversed())
  })

  it('counts what a query finds', async () => {
    const { json } = await client.post('/rest/api/3/search/approximate-count', { jql: 'project = CORE' }, countResponse)
    expect(json.count).toBe(expected(({ projectId }) => projectId === '10000').length)
  })

  it('compares issues by the number in their key, within the project that the named one is in', async () => {
    const inside = [...jira.truth().issues()]
      .filter(({ projectId }) => projectId === '10000')
      .sort((left, right) => numberIn(left.key) - numberIn(right.key))
      .map(({ id }) => id)
    const [first = '', second = ''] = inside.slice(20)
    const condition = 'project = 10000'
    expect(await drain(`${condition} AND id >= ${first} ORDER BY key ASC`)).toEqual(inside.slice(20))
    expect(await drain(`${condition} AND issuekey > ${first} ORDER BY key ASC`)).toEqual(inside.slice(21))
    expect(await drain(`id < ${first} AND id >= ${inside[2]} ORDER BY key ASC`)).toEqual(inside.slice(2, 20))
    // One that moved is compared with where it is now, and one that is gone with nothing.
    jira.evolve({ moves: [{ issue: first, project: 'PAY' }], deletions: [second] })
    expect(await drain(`${condition} AND id >= ${first} ORDER BY key ASC`)).toEqual([])
    expect(await refusal({ jql: `${condition} AND id >= ${second}` })).toContain('does not exist')
  })

  it('refuses what Jira refuses', async () => {
    expect(await refusal({ jql: '' })).toContain('Unbounded JQL queries are not allowed here.')
    expect(await refusal({ jql: 'ORDER BY created' })).toContain('Unbounded JQL')
    expect(await refusal({ jql: 'project = NOPE' })).toBe("The value 'NOPE' does not exist for the field 'project'.")
    expect(await refusal({ jql: 'key = CORE-99999' })).toBe(
      "An issue with key 'CORE-99999' does not exist for field 'issuekey'.",
    )
    expect(await refusal({ jql: 'project = CORE', startAt: 0 })).toContain('Invalid request payload')
    expect(await refusal({ jql: 'project = CORE', maxResults: 5001 })).toContain('between 1 and 5000')
    expect(await refusal({ jql: 'project = CORE', nextPageToken: 'nonsense' })).toContain('token is invalid')
  })

  it('refuses a token with another query than the one it came from', async () => {
    const first = await page('project = CORE ORDER BY created ASC')
    if (first.isLast) throw new Error('The project has one page only.')
    expect(
      await refusal({ jql: 'project = PAY', fields: ['updated', 'project'], nextPageToken: first.nextPageToken }),
    ).toContain('token is invalid')
  })

  it('no longer offers the old search', async () => {
    const { status, json } = await client.get('/rest/api/3/search?jql=project=CORE', errorResponse)
    expect([status, json.errorMessages[0]]).toEqual([410, expect.stringContaining('/rest/api/3/search/jql')])
  })

  it('dates its answers by its own clock', async () => {
    jira.evolve({ advanceMs: 5 * HOUR_MS })
    const { headers } = await client.post(SEARCH, { jql: 'project = CORE' }, searchResponse)
    expect(headers.get('date')).toBe(new Date(jira.now()).toUTCString())
  })
})

const numberIn = (key: string): number => Number(key.split('-')[1])
