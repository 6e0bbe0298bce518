import type { AnyEntity, Change, UntypedRow } from '@millrace/core'
import { type RunStepOptions, type RunStepResult, runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { changelogItems, changelogs, jira, workItemKeys, workItems } from '../index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

type Options = Partial<RunStepOptions<typeof jira.config>>

const ISSUES = 'jira_issues_with_changelogs'

describe('the issues of a site', () => {
  it('are read as they are, with every history they have', async () => {
    site = await startJiraSimulator({ issues: 350 })
    const { changes } = await read()
    const rows = rowsOf(changes, workItems)
    const byId = (left: { id: unknown }, right: { id: unknown }) => Number(left.id) - Number(right.id)
    const told = rows.map(
      ({
        id,
        key,
        project_id,
        wit_id,
        status_id,
        parent_id,
        summary,
        created,
        updated,
        resolved_at,
        assignee_account_id,
        reporter_account_id,
        labels,
      }) => ({
        id,
        key,
        project_id,
        wit_id,
        status_id,
        parent_id,
        summary,
        created,
        updated,
        resolved_at,
        assignee_account_id,
        reporter_account_id,
        labels,
      }),
    )
    const facts = [...site.truth().issues()].map((fact) => ({
      id: fact.id,
      key: fact.key,
      project_id: fact.projectId,
      wit_id: fact.typeId,
      status_id: fact.statusId,
      parent_id: fact.parentId,
      summary: fact.summary,
      created: new Date(fact.created),
      updated: new Date(fact.updated),
      resolved_at: fact.resolved === null ? null : new Date(fact.resolved),
      assignee_account_id: fact.assigneeId,
      reporter_account_id: fact.reporterId,
      labels: fact.labels,
    }))
    expect(told.sort(byId as never)).toEqual(facts.sort(byId))

    const moves = rowsOf(changes, changelogs).map(
      (row) =>
        `${row.work_item_id} ${row.history_id} ${row.from_status_id} ${row.to_status_id} ${Number(row.transition_change_date)}`,
    )
    const truth = [...site.truth().transitions()].map(
      (fact) => `${fact.issueId} ${fact.historyId} ${fact.fromStatusId} ${fact.toStatusId} ${fact.at}`,
    )
    expect(moves.sort()).toEqual(truth.sort())
    expect(rowsOf(changes, changelogItems)).toHaveLength(site.counts().changelogItems)
  })

  it('are all read when pages are shorter than asked for', async () => {
    site = await startJiraSimulator({ issues: 120, projects: 2 })
    site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 7, times: 1000 })
    site.faults.add({ kind: 'short-page', path: '*/changelog/bulkfetch', size: 5, times: 1000 })
    const { changes, pages } = await read()
    expect(pages.length).toBeGreaterThan(16)
    expect(rowsOf(changes, workItems)).toHaveLength(120)
    expect(rowsOf(changes, changelogItems)).toHaveLength(site.counts().changelogItems)
  })

  it('resume at any page with the same result as without a pause', async () => {
    site = await startJiraSimulator({ issues: 60, projects: 1 })
    site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 25, times: 1000 })
    const whole = await read()
    const [first] = whole.pages
    const rest = await read({ unit: whole.units[0], from: first?.next })
    expect(rest.pages).toEqual(whole.pages.slice(1))
  })

  it('tell of a key that an issue had before it moved', async () => {
    site = await startJiraSimulator({ issues: 60, projects: 2 })
    const { moved } = site.evolve({ moves: 3 })
    const keys = rowsOf((await read()).changes, workItemKeys)
    expect(moved).toHaveLength(3)
    for (const { id, from, to } of moved) {
      expect(keys).toContainEqual({ work_item_id: id, key: from, is_current: false })
      expect(keys).toContainEqual({ work_item_id: id, key: to, is_current: true })
    }
  })
})

describe('a later run', () => {
  it.each(['Pacific/Pago_Pago', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati'])(
    'reads what changed since the window began, in time zone %s',
    async (timeZone) => {
      site = await startJiraSimulator({ issues: 80, timeZone, now: new Date('2026-03-08T06:59:30Z') })
      const since = new Date(site.now())
      const report = site.evolve({ edits: 9, additions: 4 })
      const { changes } = await read({ window: { since, until: new Date(site.now()) } })
      const seen = new Set(rowsOf(changes, workItems).map(({ id }) => id))
      for (const id of [...report.edited, ...report.added]) expect(seen).toContain(id)
      expect(seen.size).toBeLessThan(80)
    },
  )

  it('asks again, further back, when the site has moved on since the run was planned', async () => {
    site = await startJiraSimulator({ issues: 60, projects: 1 })
    const since = new Date(site.now())
    const { edited } = site.evolve({ edits: 5, advanceMs: 60_000 })
    site.evolve({ advanceMs: 3 * 3_600_000 })
    const { changes, pages } = await read({ window: { since, until: new Date(since.getTime() + 60_000) } })
    const seen = rowsOf(changes, workItems).map(({ id }) => id)
    for (const id of edited) expect(seen).toContain(id)
    expect(pages).toHaveLength(1)
    expect(searches()).toHaveLength(2)
  })

  it('asks only for the projects that the settings name', async () => {
    site = await startJiraSimulator({ issues: 60 })
    const { changes, units } = await read({ config: { ...settings(), projects: ['CORE'] } })
    expect(units).toEqual([{ project_id: '10000', project_key: 'CORE' }])
    const rows = rowsOf(changes, workItems)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ key }) => String(key).startsWith('CORE-'))).toBe(true)
  })
})

describe('a page token', () => {
  it('that Jira refuses makes the project begin again, and nothing is missing', async () => {
    site = await startJiraSimulator({ issues: 50, projects: 1 })
    site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 20, times: 1000 })
    site.faults.add({ kind: 'expired-token', path: '*/search/jql' })
    const { changes, pages } = await read()
    expect(new Set(rowsOf(changes, workItems).map(({ id }) => id)).size).toBe(50)
    expect(pages.at(-1)?.next).toBeNull()
  })

  it('that Jira refuses for the third time is an error, which another run may not meet', async () => {
    site = await startJiraSimulator({ issues: 50, projects: 1 })
    site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 20, times: 1000 })
    site.faults.add({ kind: 'expired-token', path: '*/search/jql', times: 3 })
    await expect(read()).rejects.toMatchObject({ code: 'PAGES_UNSTABLE', retryable: true })
  })

  it.each(['*/search/jql', '*/changelog/bulkfetch'])('that Jira repeats is an error, of %s', async (path) => {
    site = await startJiraSimulator({ issues: 50, projects: 1 })
    site.faults.add({ kind: 'short-page', path, size: 20, times: 1000 })
    site.faults.add({ kind: 'repeated-token', path, times: 5 })
    await expect(read()).rejects.toMatchObject({ code: 'CURSOR_LOOP', retryable: true })
  })
})

it('issues with something in their development panel become units of the next step', async () => {
  site = await startJiraSimulator({ issues: 200 })
  const { pages, changes } = await read()
  const spawned = pages.flatMap(({ spawn }) => spawn).flatMap(({ unit }) => (unit as { issue_ids: string[] }).issue_ids)
  const linked = new Set([...site.truth().pullRequests()].map(({ issueId }) => issueId))
  expect(linked.size).toBeGreaterThan(0)
  for (const id of linked) expect(spawned).toContain(id)
  expect(spawned.length).toBeLessThan(200)
  const shown = rowsOf(changes, workItems).filter(({ has_development }) => has_development === true)
  expect(shown.map(({ id }) => id).sort()).toEqual(spawned.toSorted())

  const without = await read({ options: { includeDevStatus: false } })
  expect(without.pages.flatMap(({ spawn }) => spawn)).toEqual([])
})

function settings(): { baseUrl: string; username: string; apiToken: string } {
  return { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
}

function read(options: Options = {}): Promise<RunStepResult> {
  return runStep(jira, ISSUES, { config: settings(), ...options })
}

function searches(): readonly unknown[] {
  return site.requests().responses.filter(({ route }) => route.endsWith('/search/jql'))
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  const own = changes.filter((change) => change.entity === entity)
  return own.flatMap((change) => (change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []))
}
