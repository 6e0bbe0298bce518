import type { AnyEntity, Change, UntypedRow } from '@millrace/core'
import { type RunStepOptions, type RunStepResult, runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import {
  changelogItems,
  comments,
  components,
  issueLinks,
  jira,
  remoteLinks,
  unreadWorkItems,
  versions,
  workItems,
  worklogs,
} from '../index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

type Options = Partial<RunStepOptions<typeof jira.config>>

describe('what belongs to issues', () => {
  it('is read to its end where an issue only begins to tell it', async () => {
    site = await startJiraSimulator({ issues: 400, projects: 2, validateTraffic: true })
    site.faults.add({ kind: 'short-page', path: '*/comment', size: 7, times: 1000 })
    const { changes } = await read()
    expect(paths('/comment')).toBeGreaterThan(4)
    expect(paths('/worklog')).toBeGreaterThan(0)
    const told = (entity: AnyEntity, id: string) =>
      rowsOf(changes, entity)
        .map((row) => `${row.work_item_id} ${row[id]}`)
        .sort()
    expect(told(comments, 'comment_id')).toEqual(
      [...site.truth().comments()].map(({ issueId, id }) => `${issueId} ${id}`).sort(),
    )
    expect(told(worklogs, 'worklog_id')).toEqual(
      [...site.truth().worklogs()].map(({ issueId, id }) => `${issueId} ${id}`).sort(),
    )
    expect(rowsOf(changes, comments).filter(({ body }) => body === null)).toEqual([])
    expect(rowsOf(changes, issueLinks)).toHaveLength(site.counts().links * 2)
    expect(site.violations()).toEqual([])
  })

  it('is left as it is where the issue went away in the middle', async () => {
    site = await startJiraSimulator({ issues: 400, projects: 2 })
    site.faults.add({ kind: 'status', status: 404, path: '*/comment', times: 1000 })
    const { changes } = await read()
    const replaced = changes.filter(({ entity }) => entity === comments)
    expect(replaced.length).toBeLessThan(400)
    expect(rowsOf(changes, workItems)).toHaveLength(400)
    // And is noted, so that it is read when the issue is back.
    const left = rowsOf(changes, unreadWorkItems).map(({ issue_id }) => issue_id)
    const told = new Set(replaced.flatMap((change) => parentOf(change, comments)))
    const all = rowsOf(changes, workItems).map(({ id }) => id)
    expect(left).toEqual(all.filter((id) => !told.has(String(id))))
    expect(left.length).toBeGreaterThan(0)
  })
})

describe('a collection whose pages do not add up to its total', () => {
  it('is read again when it changed meanwhile', async () => {
    site = await startJiraSimulator({ issues: 400, projects: 1 })
    site.faults.add({ kind: 'short-page', path: '*/comment', size: 7, times: 1000 })
    let last: string | undefined
    const { changes } = await read({
      fetch: (url, init) => {
        // One is removed after the first page of each issue, so that the others move up.
        const { pathname, searchParams } = new URL(url)
        const issue = pathname.split('/').at(-2)
        if (pathname.endsWith('/comment') && searchParams.get('startAt') === '7' && issue !== last) {
          last = issue
          site.evolve({ commentDeletions: [issue ?? ''] })
        }
        return fetch(url, init)
      },
    })
    expect(last).toBeDefined()
    const told = rowsOf(changes, comments).map((row) => `${row.work_item_id} ${row.comment_id}`)
    expect(told.sort()).toEqual([...site.truth().comments()].map(({ issueId, id }) => `${issueId} ${id}`).sort())
  })

  it.each([
    ['comment', comments],
    ['worklog', worklogs],
  ] as const)('replaces nothing when it stays so and is never the same, and is reported: %s', async (name, entity) => {
    site = await startJiraSimulator({ issues: 400, projects: 1 })
    const all = new Set((await read()).changes.flatMap((change) => parentOf(change, entity)))
    let asked = 0
    const losing: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (!String(input).includes(`/${name}?`)) return response
      const body = (await response.json()) as { total: number }
      asked += 1
      return Response.json({ ...body, total: body.total + 2 + (asked % 2) })
    }
    const { changes, warnings } = await read({ fetch: (url, init) => losing(url, init) })
    const replaced = new Set(changes.flatMap((change) => parentOf(change, entity)))
    const left = [...all].filter((issue) => !replaced.has(issue))
    expect(left.length).toBeGreaterThan(0)
    expect(warnings.filter(({ about }) => about === `Incomplete ${name}s`).map(({ facts }) => facts)).toEqual(
      left.map((issue) => {
        const entries = [...site.truth()[`${name}s`]()].filter(({ issueId }) => issueId === issue).length
        return { issue, entries, total: entries + 2 }
      }),
    )
    expect(rowsOf(changes, workItems)).toHaveLength(400)
  })

  it('is what the account is shown, time and again, where its total always counts more, and is reported', async () => {
    site = await startJiraSimulator({ issues: 400, projects: 1 })
    site.faults.add({ kind: 'wrong-total', path: '*/comment', more: 2, times: 1000 })
    const { changes, warnings } = await read()
    const told = rowsOf(changes, comments).map((row) => `${row.work_item_id} ${row.comment_id}`)
    expect(told.sort()).toEqual([...site.truth().comments()].map(({ id, issueId }) => `${issueId} ${id}`).sort())
    expect(warnings.map(({ about }) => about)).toContain('Hidden comments')
    expect(rowsOf(changes, unreadWorkItems)).toEqual([])
  })
})

it.each([undefined, null])(
  'a comment whose id is %s is a bad record, and none that is stored under a made-up id',
  async (id) => {
    site = await startJiraSimulator({ issues: 400, projects: 1 })
    const anonymous: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (!String(input).includes('/comment?')) return response
      const body = (await response.json()) as { comments: object[] }
      return Response.json({ ...body, comments: body.comments.map((comment) => ({ ...comment, id })) })
    }
    await expect(read({ fetch: (url, init) => anonymous(url, init) })).rejects.toThrow(/"id"/)
  },
)

describe('histories', () => {
  it('that are as long as what a search embeds at most are read whole, whatever their total says', async () => {
    site = await startJiraSimulator({ issues: 400, projects: 1 })
    expect([...site.truth().changelogs()].some(({ histories }) => histories > 40)).toBe(true)
    site.faults.add({ kind: 'truncated-changelog', path: '*/search/jql', keep: 40, hidesTotal: true, times: 1000 })
    const { changes } = await read()
    expect(rowsOf(changes, changelogItems)).toHaveLength(site.counts().changelogItems)
  })

  it('of issues that went away in the middle are not replaced by a part of them', async () => {
    site = await startJiraSimulator({ issues: 100, projects: 1 })
    site.faults.add({ kind: 'truncated-changelog', path: '*/search/jql', keep: 1, times: 1000 })
    const { changes } = await read({
      fetch: (url, init) => {
        if (String(url).endsWith('/changelog/bulkfetch')) site.evolve({ deletions: ['10003', '10004'] })
        return fetch(url, init)
      },
    })
    const told = new Set(rowsOf(changes, workItems).map(({ id }) => id))
    expect([told.size, told.has('10003'), told.has('10004')]).toEqual([98, false, false])
    expect(rowsOf(changes, changelogItems)).toHaveLength(site.counts().changelogItems)
  })

  it.each([0, 1, 5])('are not cut where issues go away between two of their pages: %i embedded', async (keep) => {
    site = await startJiraSimulator({ issues: 100, projects: 1 })
    const totals = new Map([...site.truth().changelogs()].map(({ issueId, histories }) => [issueId, histories]))
    site.faults.add(
      { kind: 'truncated-changelog', path: '*/search/jql', keep, times: 1000 },
      { kind: 'short-page', path: '*/changelog/bulkfetch', size: 300, times: 1000 },
    )
    let pages = 0
    const { changes } = await read({
      fetch: (url, init) => {
        if (String(url).endsWith('/changelog/bulkfetch') && ++pages === 2) site.evolve({ hiddenProjects: ['CORE'] })
        return fetch(url, init)
      },
    })
    expect(pages).toBeGreaterThanOrEqual(2)
    const entries = new Map<unknown, Set<unknown>>()
    for (const { work_item_id: issue, history_id } of rowsOf(changes, changelogItems))
      entries.set(issue, (entries.get(issue) ?? new Set()).add(history_id))
    const told = rowsOf(changes, workItems).map(({ id }) => String(id))
    expect(told.map((issue) => [issue, entries.get(issue)?.size ?? 0])).toEqual(
      told.map((issue) => [issue, totals.get(issue) ?? 0]),
    )
    const left = rowsOf(changes, unreadWorkItems).map(({ issue_id }) => issue_id)
    expect(left.length).toBeGreaterThan(0)
    expect(told.length + left.length).toBe(100)
  })

  it('that a search embeds whole are not asked for again', async () => {
    site = await startJiraSimulator({ issues: 100, projects: 1, quiet: true })
    const { changes } = await read()
    expect(site.requests().byRoute['POST /rest/api/3/changelog/bulkfetch']).toBeUndefined()
    expect(rowsOf(changes, changelogItems)).toHaveLength(site.counts().changelogItems)
  })

  it('that a search cuts are read whole', async () => {
    site = await startJiraSimulator({ issues: 100, projects: 1 })
    site.faults.add({ kind: 'truncated-changelog', path: '*/search/jql', keep: 1, times: 1000 })
    const { changes } = await read()
    expect(rowsOf(changes, changelogItems)).toHaveLength(site.counts().changelogItems)
  })
})

it('a search that gives fewer issues than Jira counts is reported', async () => {
  site = await startJiraSimulator({ issues: 30, projects: 1 })
  expect((await read()).warnings).toEqual([])

  const losing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (!String(input).endsWith('/search/jql')) return response
    const body = (await response.json()) as { issues: unknown[] }
    return Response.json({ ...body, issues: body.issues.slice(1) })
  }
  const { warnings } = await read({ fetch: (url, init) => losing(url, init) })
  const facts = { project: '10000', found: 29, counted: 30 }
  expect(warnings).toEqual([{ about: 'Issues', message: expect.stringContaining('29 of about 30'), facts }])
})

it('a project whose issues cannot be counted is read all the same', async () => {
  site = await startJiraSimulator({ issues: 30, projects: 1 })
  site.faults.add({ kind: 'status', status: 403, path: '*/approximate-count', times: 1000 })
  const { changes, warnings } = await read()
  expect(rowsOf(changes, workItems)).toHaveLength(30)
  expect(warnings.map(({ about }) => about)).toEqual(['Count of issues'])
})

it('remote links that are closed leave those of the other issues alone', async () => {
  site = await startJiraSimulator({ issues: 30, projects: 1 })
  const linked = [...new Set([...site.truth().remoteLinks()].map(({ issueId }) => issueId))].slice(0, 4)
  site.faults.add({ kind: 'status', status: 403, path: `*/issue/${linked[1]}/remotelink` })
  const unit = { issue_ids: linked }
  const { changes, warnings } = await runStep(jira, 'jira_remote_links', { config: settings(), unit })
  expect(changes.flatMap((change) => parentOf(change, remoteLinks))).toEqual(linked.filter((id) => id !== linked[1]))
  const message = expect.stringMatching(/^Jira refuses those of issue \d+, so .*includeRemoteLinks/)
  expect(warnings).toEqual([{ about: 'Remote links', message, facts: { issues: [linked[1]] } }])
})

it.each([
  ['comment', comments],
  ['worklog', worklogs],
] as const)('%ss that are closed stay as they are, fail nothing, and are asked for again', async (name, entity) => {
  site = await startJiraSimulator({ issues: 400, projects: 1 })
  const all = (await read()).changes.flatMap((change) => parentOf(change, entity))
  site.faults.add({ kind: 'status', status: 403, path: `*/${name}`, times: 1000 })
  const { changes, warnings } = await read()
  expect(rowsOf(changes, workItems)).toHaveLength(400)
  const told = new Set(changes.flatMap((change) => parentOf(change, entity)))
  const left = all.filter((issue) => !told.has(issue))
  expect(left.length).toBeGreaterThan(0)
  expect(rowsOf(changes, unreadWorkItems).map(({ issue_id }) => issue_id)).toEqual(left)
  expect(new Set(warnings.map(({ about }) => about))).toEqual(new Set([`Closed ${name}s`]))
})

it('versions and components are those of the project', async () => {
  site = await startJiraSimulator({ issues: 1, validateTraffic: true })
  const unit = { project_id: '10000', project_key: 'CORE' }
  const config = settings()
  const { changes } = await runStep(jira, 'jira_versions_and_components', { config, unit })
  const fact = [...site.truth().projects()].find(({ id }) => id === '10000')
  expect(rowsOf(changes, versions).map((row) => row.version_id)).toEqual(fact?.versions.map(({ id }) => id))
  expect(rowsOf(changes, components).map((row) => row.component_id)).toEqual(fact?.components.map(({ id }) => id))
  expect(site.violations()).toEqual([])
})

function settings(): { baseUrl: string; username: string; apiToken: string } {
  return { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
}

function read(options: Options = {}): Promise<RunStepResult> {
  return runStep(jira, 'jira_issues_with_changelogs', { config: settings(), ...options })
}

/** The parent whose children of this kind a change replaces. */
function parentOf(change: Change, entity: AnyEntity): readonly string[] {
  return change.op === 'replace' && change.entity === entity ? [change.parentExternalId] : []
}

function paths(end: string): number {
  return site.requests().responses.filter(({ route }) => route.endsWith(end)).length
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  const own = changes.filter((change) => change.entity === entity)
  return own.flatMap((change) => (change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []))
}
