import { memoryLoader, runToEnd } from '@millrace/core'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { changelogItems, changelogs, jira, projects, projectsStatuses, workItemKeys, workItems } from './index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

const settings = (): { baseUrl: string; username: string; apiToken: string } => ({
  baseUrl: site.url,
  username: 'demo@example.com',
  apiToken: 'demo-token',
})

describe('the connector', () => {
  it('has the four steps of the status document, in their order, then those that complete them', () => {
    expect(jira.steps.map(({ name, displayName }) => [name, displayName])).toEqual([
      ['jira_projects_and_issue_types', 'Projects & Types'],
      ['jira_statuses_and_relationships', 'Statuses & Relations'],
      ['jira_issues_with_changelogs', 'Issues & Changelogs'],
      ['jira_dev_status', 'Development Status'],
      ['jira_versions_and_components', 'Versions & Components'],
      ['jira_boards', 'Boards'],
      ['jira_sprints', 'Sprints'],
      ['jira_remote_links', 'Remote Links'],
      ['jira_issue_slices', 'Issues of Huge Projects'],
      ['jira_dev_status_repoll', 'Development Status, Again'],
      ['jira_issue_census', 'Deleted Issues'],
      ['jira_broken_links', 'Broken Links'],
      ['jira_outdated_issues', 'Outdated Issues'],
      ['jira_deleted_sprints', 'Deleted Sprints'],
      ['jira_unread_issues', 'Unread Issues'],
      ['jira_missed_issues', 'Missed Issues'],
      ['jira_fields', 'Fields'],
      ['jira_custom_fields', 'Custom Fields'],
    ])
  })

  it('loads a whole site, with requests that Jira documents', async () => {
    site = await startJiraSimulator({ issues: 400, validateTraffic: true })
    const loader = memoryLoader()
    const summary = await runToEnd({ connector: jira, config: settings(), loader })

    expect(summary).toMatchObject({ state: 'finished', failures: [] })
    const truth = site.counts()
    expect(loader.rows(projects)).toHaveLength(truth.projects)
    expect(loader.rows(workItems)).toHaveLength(truth.issues)
    expect(loader.rows(workItemKeys)).toHaveLength(truth.issues)
    expect(loader.rows(changelogs)).toHaveLength(truth.transitions)
    expect(loader.rows(changelogItems)).toHaveLength(truth.changelogItems)
    expect(site.violations()).toEqual([])
  }, 120_000)

  it('leaves no reference without its row', async () => {
    site = await startJiraSimulator({ issues: 150 })
    const loader = memoryLoader()
    await runToEnd({ connector: jira, config: { ...settings(), includeDevStatus: false }, loader })

    const inUse = new Set(loader.rows(projectsStatuses).map(({ status_id }) => status_id))
    for (const row of loader.rows(workItems)) expect(inUse).toContain(row.status_id)
    for (const row of loader.rows(changelogs)) expect(inUse).toContain(row.to_status_id)
  })

  it('loses only the issue that is broken', async () => {
    site = await startJiraSimulator({ issues: 40, projects: 1 })
    site.faults.add({ kind: 'missing-fields', path: '*/search/jql', position: 7 })
    const loader = memoryLoader()
    // A census would find it missing, and read it again.
    const config = { ...settings(), censusIntervalHours: 0 }
    const summary = await runToEnd({ connector: jira, config, loader })

    expect(summary.state).toBe('failed')
    expect(summary.failures).toEqual([expect.objectContaining({ step: 'jira_issues_with_changelogs' })])
    expect(loader.rows(workItems)).toHaveLength(39)
  })

  it('stops at once when the account is refused, and says what to do', async () => {
    site = await startJiraSimulator({ issues: 10 })
    const summary = await runToEnd({
      connector: jira,
      config: { ...settings(), apiToken: 'wrong' },
      loader: memoryLoader(),
    })

    expect(summary.state).toBe('failed')
    expect(JSON.stringify(summary.failures)).toContain('does not accept the token of demo@example.com')
  })
})
