import { existsSync, readFileSync } from 'node:fs'
import type { AnyEntity, Change, UntypedRow } from '@millrace/core'
import { type RunStepResult, runStep } from '@millrace/core/testing'
import { describe, expect, it } from 'vitest'
import {
  changelogItems,
  changelogs,
  jira,
  projects,
  statuses,
  wits,
  workItems,
  workItemsCommits,
  workItemsPrs,
} from './index.ts'
import { mapChangelogItems, mapTransitions, readHistories } from './map-history.ts'

/** Answers of a real site, made anonymous. They are no part of the repository: they lie beside it, where they are there. */
const FOLDER = new URL('../../../../shared/data/jira/', import.meta.url)
const recorded = existsSync(FOLDER)

interface Item {
  readonly field: string
  readonly fieldId?: string
}
interface History {
  readonly items: readonly Item[]
}
interface Issue {
  readonly id: string
  readonly key: string
  readonly changelog: { readonly histories: readonly History[] }
  readonly fields: { readonly description: unknown; readonly [field: string]: unknown }
}

describe.skipIf(!recorded)(
  `answers of a real site${recorded ? '' : ' (skipped: ../shared/data/jira is missing)'}`,
  () => {
    it('lose no issue, no status transition and no history item', async () => {
      const issues = load<readonly Issue[]>('issues.json')
      const { changes } = await read('jira_issues_with_changelogs', { project_id: '10003', project_key: 'EE' })

      expect(rowsOf(changes, workItems).map(({ key }) => key)).toEqual(issues.map(({ key }) => key))
      const items = issues.flatMap((issue) => itemsOf(issue.changelog.histories))
      expect(items.length).toBeGreaterThan(400)
      expect(rowsOf(changes, changelogItems)).toHaveLength(items.length)
      const moves = items.filter(({ field }) => field === 'status')
      expect(moves.length).toBeGreaterThan(80)
      expect(rowsOf(changes, changelogs)).toHaveLength(moves.length)
      for (const row of rowsOf(changes, changelogs)) {
        expect(row).toMatchObject({ from_status_id: expect.any(String), to_status_id: expect.any(String) })
        expect(row.time_in_status_seconds).toBeGreaterThanOrEqual(0)
      }
    })

    it('keep every field that is set: in its own column or in the overflow', async () => {
      const issues = load<readonly Issue[]>('issues.json')
      const { changes } = await read('jira_issues_with_changelogs', { project_id: '10003', project_key: 'EE' })
      for (const [position, row] of rowsOf(changes, workItems).entries()) {
        const fields = issues[position]?.fields ?? { description: null }
        const custom = Object.entries(fields).filter(([id, value]) => id.startsWith('customfield_') && value !== null)
        expect(row.custom_fields_overflow).toEqual(Object.fromEntries(custom))
        expect(row.status_id).not.toBeNull()
        expect(row.creator_name).not.toBeNull()
        expect(squeeze(row.description)).toContain(squeeze(textsIn(fields.description)[0] ?? ''))
      }
    })

    it('lose no item of a long history, whatever fields its items lack', () => {
      const histories = load<{ readonly [issueId: string]: readonly History[] }>('issue-changelog-histories.json')
      for (const [issueId, raw] of Object.entries(histories)) {
        const items = itemsOf(raw)
        expect(items.some(({ fieldId }) => fieldId === undefined)).toBe(true)
        const read = readHistories(raw)
        expect(mapChangelogItems(issueId, read)).toHaveLength(items.length)
        expect(mapTransitions(issueId, null, read)).toHaveLength(items.filter(({ field }) => field === 'status').length)
      }
    })

    it('name every project, issue type and status', async () => {
      const types = new Set(load<readonly { readonly id: string }[]>('issue-types.json').map(({ id }) => id))
      const found = await read('jira_projects_and_issue_types', {})
      expect(rowsOf(found.changes, projects)).toHaveLength(load<readonly unknown[]>('projects.json').length)
      expect(new Set(rowsOf(found.changes, wits).map(({ id }) => id))).toEqual(types)

      const known = load<readonly { readonly scope?: object }[]>('statuses.json')
      const rows = rowsOf((await read('jira_statuses_and_relationships', {})).changes, statuses)
      expect(rows).toHaveLength(known.length)
      const scoped = rows.filter(({ scope_project_id }) => scope_project_id !== null)
      expect(scoped).toHaveLength(known.filter(({ scope }) => scope !== undefined).length)
      for (const { category_key } of rows) expect(['new', 'indeterminate', 'done']).toContain(category_key)
    })

    it('of a site with commits but no pull requests give every commit', async () => {
      const answers = load<readonly { readonly issueId: number }[]>('dev-status-detail.json')
      const issue_ids = answers.map(({ issueId }) => String(issueId))
      const { changes } = await read('jira_dev_status', { issue_ids })
      // Pull requests, branches and commits of each.
      expect(changes).toHaveLength(answers.length * 3)
      const urls = new Set(JSON.stringify(answers).match(/https:[^"]*\/commit\/[0-9a-f]{40}/g))
      expect(new Set(rowsOf(changes, workItemsCommits).map(({ url }) => url))).toEqual(urls)
      expect(urls.size).toBeGreaterThan(0)
      expect(rowsOf(changes, workItemsPrs)).toEqual([])
    })
  },
)

function read(step: string, unit: object): Promise<RunStepResult> {
  const config = { baseUrl: 'https://example.atlassian.net', username: 'ada@example.com', apiToken: 'token' }
  return runStep(jira, step, { config, unit, fetch: answer })
}

/** The recorded answers, put back where they came from. */
async function answer(input: string | URL): Promise<Response> {
  const { pathname, searchParams } = new URL(input)
  const issues = (): readonly Issue[] => load('issues.json')
  const detail = load<readonly { readonly issueId: number; readonly response: unknown }[]>('dev-status-detail.json')
  const answers: { readonly [path: string]: () => unknown } = {
    '/rest/api/3/project/search': () => {
      const values = load<readonly object[]>('projects.json').map((project) => ({
        ...project,
        issueTypes: load('issue-types.json'),
      }))
      return { startAt: 0, total: values.length, isLast: true, values }
    },
    '/rest/api/3/status': () => load('statuses.json'),
    '/rest/api/3/search/jql': () => ({ issues: issues(), isLast: true }),
    '/rest/api/3/search/approximate-count': () => ({ count: issues().length }),
    '/rest/api/3/changelog/bulkfetch': () => ({
      issueChangeLogs: issues().map(({ id, changelog }) => ({ issueId: id, changeHistories: changelog.histories })),
    }),
    '/rest/dev-status/latest/issue/summary': () => ({
      summary: { pullrequest: { byInstanceType: { GitLab: { count: 1 } } } },
    }),
    '/rest/dev-status/latest/issue/detail': () =>
      detail.find(({ issueId }) => String(issueId) === searchParams.get('issueId'))?.response,
  }
  return Response.json(answers[pathname]?.())
}

function load<Payload>(name: string): Payload {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
}

function itemsOf(histories: readonly History[]): readonly Item[] {
  return histories.flatMap(({ items }) => items)
}

function textsIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  const { text, content } = node as { readonly text?: string; readonly content?: readonly unknown[] }
  return [...(text === undefined ? [] : [text]), ...(content ?? []).flatMap(textsIn)]
}

function squeeze(text: unknown): string {
  return String(text ?? '').replace(/\s+/g, '')
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  const own = changes.filter((change) => change.entity === entity)
  return own.flatMap((change) => (change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []))
}
