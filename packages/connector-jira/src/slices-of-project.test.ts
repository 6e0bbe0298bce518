import { runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { jira, workItems } from './index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

const ISSUES = 'jira_issues_with_changelogs'
const config = (issuesPerSlice: number) => {
  return { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token', issuesPerSlice }
}

it('a huge project is read in slices of which each issue is in one, and which are as large as they should be', async () => {
  site = await startJiraSimulator({ issues: 600, projects: 1, quiet: true, timeZone: 'Pacific/Kiritimati' })
  const { pages } = await runStep(jira, ISSUES, { config: config(100) })
  const slices = pages.flatMap(({ spawn }) => spawn)
  expect(new Set(slices.map(({ step }) => step))).toEqual(new Set(['jira_issue_slices']))
  // About two counts for each slice, and some on the way to where the project begins.
  expect(site.requests().byRoute['POST /rest/api/3/search/approximate-count']).toBeLessThan(slices.length * 2 + 14)
  expect(site.requests().byRoute['POST /rest/api/3/search/jql']).toBeUndefined()

  const sizes: number[] = []
  const found: unknown[] = []
  for (const { unit } of slices) {
    const { changes } = await runStep(jira, 'jira_issue_slices', { config: config(100), unit })
    const rows = changes.flatMap((change) =>
      change.op === 'upsert' && change.entity === workItems ? [change.row] : [],
    )
    sizes.push(rows.length)
    found.push(...rows.map(({ id }) => id))
  }
  expect(found.sort()).toEqual([...site.truth().issues()].map(({ id }) => id).sort())
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
  expect(slices.length).toBeLessThan(20)
})

it('days at which slices meet are the same ones when the project has grown', async () => {
  site = await startJiraSimulator({ issues: 600, projects: 1, quiet: true })
  const borders = async () => {
    const { pages } = await runStep(jira, ISSUES, { config: config(100) })
    return pages.flatMap(({ spawn }) => spawn.map(({ unit }) => (unit as { created_from: string | null }).created_from))
  }
  const before = await borders()
  site.evolve({ additions: 200 })
  expect(await borders()).toEqual(expect.arrayContaining(before))
})

it('a project of no more issues than a slice has is read as a whole, and so are changes of any project', async () => {
  site = await startJiraSimulator({ issues: 60, projects: 1, quiet: true })
  for (const options of [{}, { window: { since: new Date(0), until: new Date(site.now()) } }]) {
    const { pages } = await runStep(jira, ISSUES, { config: config('window' in options ? 10 : 100), ...options })
    expect(pages.flatMap(({ spawn }) => spawn).filter(({ step }) => step === 'jira_issue_slices')).toEqual([])
    expect(pages.length).toBeGreaterThan(0)
  }
})
