import type { AnyEntity, Change, UntypedRow } from '@millrace/core'
import { type RunStepResult, runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { jira, projects, projectsStatuses, projectsWits, statuses, wits } from '../index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

it('projects are read with their issue types, archived and deleted ones told apart', async () => {
  site = await startJiraSimulator({ issues: 1 })
  const { changes } = await read('jira_projects_and_issue_types')
  const visible = [...site.truth().projects()]
  const byId = (left: { id: unknown }, right: { id: unknown }) => Number(left.id) - Number(right.id)
  expect(
    rowsOf(changes, projects)
      .map(({ id, key, state }) => ({ id, key, state }))
      .sort(byId),
  ).toEqual(visible.map(({ id, key, state }) => ({ id, key, state })).sort(byId))
  const links = visible.flatMap(({ id, typeIds }) => typeIds.map((typeId) => `${id} ${typeId}`))
  expect(
    rowsOf(changes, projectsWits)
      .map((row) => `${row.project_id} ${row.wit_id}`)
      .sort(),
  ).toEqual(links.sort())
  const types = new Set(rowsOf(changes, wits).map(({ id }) => id))
  for (const { typeIds } of visible) for (const id of typeIds) expect(types).toContain(id)
})

it('projects are all read when pages are shorter than asked for, and each live one becomes a unit', async () => {
  site = await startJiraSimulator({ issues: 1, projects: 230 })
  site.faults.add({ kind: 'short-page', path: '*/project/search', size: 30, times: 3 })
  const { changes, pages } = await read('jira_projects_and_issue_types')
  expect(new Set(rowsOf(changes, projects).map(({ id }) => id)).size).toBe(232)
  const statusUnits = pages
    .flatMap(({ spawn }) => spawn)
    .filter(({ step }) => step === 'jira_statuses_and_relationships')
  expect(statusUnits).toHaveLength(230)

  const [, second] = pages
  const rest = await read('jira_projects_and_issue_types', { from: second?.next })
  const spawned = (from: number) => pages.slice(from).flatMap(({ spawn }) => spawn)
  expect(rest.pages.flatMap(({ spawn }) => spawn)).toEqual(spawned(2))
})

it('projects that the settings name are asked for by key, fifty at a time', async () => {
  site = await startJiraSimulator({ issues: 1, projects: 120 })
  const keys = [...site.truth().projects()].filter(({ state }) => state === 'live').map(({ key }) => key)
  const { changes } = await read('jira_projects_and_issue_types', {}, { projects: keys.slice(0, 101) })
  expect(
    rowsOf(changes, projects)
      .map(({ key }) => String(key))
      .sort(),
  ).toEqual(keys.slice(0, 101).sort())
  expect(site.requests().total).toBe(3)
})

it('projects are units only where their issues may be browsed, and listed where they can be seen', async () => {
  site = await startJiraSimulator({ issues: 1 })
  await read('jira_projects_and_issue_types')
  await read('jira_issue_census')
  const asked = site.requests().responses.flatMap(({ url }) => (url.includes('/project/search') ? [url] : []))
  const actions = asked.map((url) => new URL(url, site.url).searchParams.get('action'))
  expect(actions).toEqual([null, 'browse'])
})

it('a project that went away since it was listed has nothing to say', async () => {
  site = await startJiraSimulator({ issues: 1 })
  const unit = { project_id: '99999', project_key: 'GONE' }
  expect((await read('jira_statuses_and_relationships', { unit })).changes).toEqual([])
  expect((await read('jira_versions_and_components', { unit })).changes).toEqual([])
})

it('statuses are those of the site, and each project says which it uses', async () => {
  site = await startJiraSimulator({ issues: 1 })
  const { pages } = await read('jira_projects_and_issue_types')
  const spawned = pages.flatMap(({ spawn }) => spawn)
  const units = [
    {},
    ...spawned.filter(({ step }) => step === 'jira_statuses_and_relationships').map(({ unit }) => unit),
  ]
  const changes: Change[] = []
  for (const unit of units) changes.push(...(await read('jira_statuses_and_relationships', { unit })).changes)

  const live = [...site.truth().projects()].filter(({ state }) => state === 'live')
  const links = live.flatMap(({ id, statusIds }) => statusIds.map((statusId) => `${id} ${statusId}`))
  expect(
    rowsOf(changes, projectsStatuses)
      .map((row) => `${row.project_id} ${row.status_id}`)
      .sort(),
  ).toEqual(links.sort())
  const rows = rowsOf(changes, statuses)
  expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(new Set(rows.map(({ id }) => id)).size)
  expect(rows.some(({ scope_project_id }) => scope_project_id !== null)).toBe(true)
})

function read(
  step: string,
  options: { readonly unit?: unknown; readonly from?: unknown } = {},
  settings: { readonly projects?: string[] } = {},
): Promise<RunStepResult> {
  const config = { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token', ...settings }
  return runStep(jira, step, { config, ...options })
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  const own = changes.filter((change) => change.entity === entity)
  return own.flatMap((change) => (change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []))
}
