import { memoryLoader, runToEnd } from '@millrace/core'
import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, it } from 'vitest'
import { accounts, changelogs, comments, components, jira, projects, workItems, worklogs } from './index.ts'

it.each(['cloud', 'data-center'] as const)(
  'whoever any row names is an account with a name: %s',
  async (deployment) => {
    const site = await startJiraSimulator({ issues: 40, projects: 1 })
    const account =
      deployment === 'cloud'
        ? { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
        : { baseUrl: `${site.url}/jira`, deployment, apiToken: 'demo-token' }
    const loader = memoryLoader()
    expect(await runToEnd({ connector: jira, config: { ...account, includeDevStatus: false }, loader })).toMatchObject({
      state: 'finished',
    })
    const known = new Set(loader.rows(accounts).map(({ account_id }) => account_id))
    const unnamed = loader.rows(accounts).filter(({ display_name }) => display_name === null)
    expect(unnamed).toEqual([])
    for (const entity of [workItems, changelogs, comments, worklogs, projects, components]) {
      const named = loader
        .rows(entity)
        .flatMap((row) =>
          Object.entries(row).flatMap(([column, value]) => (column.endsWith('account_id') && value ? [value] : [])),
        )
      expect(named.length).toBeGreaterThan(0)
      for (const id of named) expect(known).toContain(id)
    }
    await site.close()
  },
)
