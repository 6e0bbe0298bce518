import { memoryLoader, prepareLoad } from '@millrace/core'
import { runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { jira, workItems } from '../index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

const settings = () => ({ baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' })

it('finds the issues that were deleted, those that only moved excepted', async () => {
  site = await startJiraSimulator({ issues: 150, projects: 3, validateTraffic: true })
  const loader = memoryLoader()
  let sourceSeq = 0
  const load = async (step: 'jira_issues_with_changelogs' | 'jira_issue_census') => {
    const { changes } = await runStep(jira, step, { config: settings() })
    sourceSeq += 1
    const scope = { tenantId: 1, integrationId: 1, runId: 1 }
    return loader.load(prepareLoad(changes, { scope, sourceSeq, fullSync: false }), undefined)
  }
  await load('jira_issues_with_changelogs')
  expect((await load('jira_issue_census'))[0]?.removed).toEqual([])

  const { deleted, moved } = site.evolve({ deletions: 7, moves: 5 })
  expect([deleted.length, moved.length]).toEqual([7, 5])
  await load('jira_issues_with_changelogs')
  expect((await load('jira_issue_census'))[0]?.removed).toHaveLength(7)

  const expected = [...site.truth().issues()].map(({ id }) => id)
  const stored = loader.rows(workItems).map((row) => String(row.external_id))
  expect(stored.sort()).toEqual(expected.sort())
  expect(site.violations()).toEqual([])
})

it('asks one request per project for ids, and follows them over pages', async () => {
  site = await startJiraSimulator({ issues: 120, projects: 2 })
  await runStep(jira, 'jira_issue_census', { config: settings() })
  expect(site.requests().byRoute['POST /rest/api/3/search/jql']).toBe(2)

  site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 25, times: 1000 })
  const { changes } = await runStep(jira, 'jira_issue_census', { config: settings() })
  const counted = changes.flatMap((change) => (change.op === 'census' ? change.externalIds : []))
  expect(new Set(counted).size).toBe(120)
})

it('begins again when Jira refuses a token, and counts every issue once', async () => {
  site = await startJiraSimulator({ issues: 120, projects: 2 })
  site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 25, times: 1000 })
  site.faults.add({ kind: 'expired-token', path: '*/search/jql', times: 2 })
  const { changes } = await runStep(jira, 'jira_issue_census', { config: settings() })
  const counted = changes.flatMap((change) => (change.op === 'census' ? change.externalIds : []))
  expect(counted.length).toBe(120)
  expect(new Set(counted).size).toBe(120)

  site.faults.add({ kind: 'expired-token', path: '*/search/jql', times: 1000 })
  await expect(runStep(jira, 'jira_issue_census', { config: settings() })).rejects.toMatchObject({
    code: 'PAGES_UNSTABLE',
  })
})
