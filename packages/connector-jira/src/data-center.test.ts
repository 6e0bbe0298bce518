import type { AnyEntity, Change, UntypedRow } from '@millrace/core'
import { type RunStepOptions, type RunStepResult, runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import {
  accounts,
  changelogItems,
  comments,
  jira,
  projects,
  projectsCustomFields,
  sprints,
  workItems,
} from './index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

type Options = Partial<Omit<RunStepOptions<typeof jira.config>, 'config'>>

describe('Data Center', () => {
  it('gives wiki markup, which is read as text, and users without account ids', async () => {
    site = await startJiraSimulator({ issues: 100, projects: 1 })
    const { changes } = await read('jira_issues_with_changelogs')
    const descriptions = rowsOf(changes, workItems).map(({ description }) => String(description))
    expect(descriptions).toHaveLength(100)
    expect(descriptions.join('\n')).not.toMatch(/^h\d\. |\{code\}|\[~/m)
    expect(rowsOf(changes, comments).length).toBe(site.counts().comments)
    for (const { account_id } of rowsOf(changes, accounts)) expect(account_id).toMatch(/^JIRAUSER\d+$/)
  })

  it('prints sprints as objects of its own language', async () => {
    site = await startJiraSimulator({ issues: 120, projects: 1 })
    const { changes } = await read('jira_issues_with_changelogs')
    const [sprint] = rowsOf(changes, sprints)
    expect(sprint).toMatchObject({
      name: `Sprint ${sprint?.id}`,
      board_id: '1',
      start_date: expect.any(Date),
      goal: null,
    })
    expect(['future', 'active', 'closed']).toContain(sprint?.state)
  })

  it('is asked for the histories that a search should cut, issue by issue', async () => {
    site = await startJiraSimulator({ issues: 60, projects: 1 })
    site.faults.add({ kind: 'truncated-changelog', path: '*/search', keep: 2, times: 1000 })
    const { changes } = await read('jira_issues_with_changelogs')
    expect(rowsOf(changes, changelogItems)).toHaveLength(site.counts().changelogItems)
  })

  it('is not asked twice for histories, however long they are', async () => {
    site = await startJiraSimulator({ issues: 400, projects: 1 })
    expect([...site.truth().changelogs()].some(({ histories }) => histories > 40)).toBe(true)
    await read('jira_issues_with_changelogs')
    expect(site.requests().byRoute['GET /rest/api/2/issue/:issue']).toBeUndefined()
  })

  it('that cuts a history whatever is asked fails for that issue alone, and says so', async () => {
    site = await startJiraSimulator({ issues: 60, projects: 1 })
    site.faults.add({ kind: 'truncated-changelog', path: '/rest/api/2/*', keep: 2, times: 1000 })
    await expect(read('jira_issues_with_changelogs')).rejects.toMatchObject({
      code: 'INVALID_BODY',
      message: expect.stringMatching(/history of issue \d+: Jira gives 2 of its \d+ entries/),
    })
  })

  it('tells the fields of each project and of each of its issue types', async () => {
    site = await startJiraSimulator({ issues: 5, projects: 2 })
    const { changes } = await read('jira_custom_fields')
    const live = [...site.truth().projects()].filter(({ state }) => state === 'live')
    const found = rowsOf(changes, projectsCustomFields)
    expect(found.map(({ project_key }) => project_key).sort()).toEqual(live.map(({ key }) => key).sort())
    for (const { project_key, discovered_fields } of found) {
      const points = (discovered_fields as { id: string; wit_ids: string[] }[]).find(
        ({ id }) => id === 'customfield_10016',
      )
      expect(points?.wit_ids.toSorted()).toEqual(live.find(({ key }) => key === project_key)?.typeIds.toSorted())
    }
  })

  it('is asked for each project that the settings name, and one that is out of sight is no error', async () => {
    site = await startJiraSimulator({ issues: 5, projects: 3 })
    const { changes } = await read('jira_projects_and_issue_types', {}, { projects: ['PAY', 'NOWHERE', 'OLD'] })
    expect(rowsOf(changes, projects).map(({ key, state }) => `${key} ${state}`)).toEqual(['PAY live', 'OLD archived'])
  })

  it('refuses a wrong token at once, and the sentence says where to get another', async () => {
    site = await startJiraSimulator({ issues: 5 })
    await expect(read('jira_projects_and_issue_types', {}, { apiToken: 'wrong' })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining('Create a new personal access token'),
    })
  })
})

function read(step: string, options: Options = {}, settings: object = {}): Promise<RunStepResult> {
  const account = { baseUrl: `${site.url}/jira`, deployment: 'data-center' as const, apiToken: 'demo-token' }
  return runStep(jira, step, { config: { ...account, ...settings }, ...options })
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  const own = changes.filter((change) => change.entity === entity)
  return own.flatMap((change) => (change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []))
}
