import type { Change } from '@millrace/core'
import { runStep } from '@millrace/core/testing'
import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, it } from 'vitest'
import { accounts, jira } from './index.ts'

const STEPS = [
  ['jira_issues_with_changelogs', undefined],
  ['jira_projects_and_issue_types', undefined],
  ['jira_versions_and_components', { project_id: '10000', project_key: 'CORE' }],
] as const

it.each(
  STEPS.flatMap(([step, unit]) =>
    (['cloud', 'data-center'] as const).map((deployment) => ({ step, unit, deployment })),
  ),
)('whoever the rows of $step name is an account with a name: $deployment', async ({ step, unit, deployment }) => {
  // So few that somebody only comments, and somebody only logs time.
  const site = await startJiraSimulator({ issues: 8, projects: 1 })
  const config =
    deployment === 'cloud'
      ? { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
      : { baseUrl: `${site.url}/jira`, deployment, apiToken: 'demo-token' }
  const { changes } = await runStep(jira, step, { config, ...(unit && { unit }) })
  const people = changes.flatMap((change) => (change.entity === accounts ? rowsOf(change) : []))
  expect(people.filter(({ display_name }) => display_name === null)).toEqual([])
  const known = new Set(people.map(({ account_id }) => account_id))
  const named = changes.flatMap((change) => (change.entity === accounts ? [] : rowsOf(change).flatMap(peopleIn)))
  expect(named.length).toBeGreaterThan(0)
  for (const id of named) expect(known).toContain(id)
  await site.close()
})

function rowsOf(change: Change): readonly { readonly [column: string]: unknown }[] {
  return change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []
}

function peopleIn(row: { readonly [column: string]: unknown }): readonly unknown[] {
  return Object.entries(row).flatMap(([column, id]) => (column.endsWith('account_id') && id ? [id] : []))
}
