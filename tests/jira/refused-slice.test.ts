import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, it } from 'vitest'
import { mirrorOf } from './mirror.ts'
import { tablesOf } from './site-tables.ts'

it('a slice that Jira refuses fails its run, and is read by the next one although no watermark was held back', async () => {
  const site = await startJiraSimulator({ issues: 60, projects: 1, quiet: true })
  // No census, which would find what is missing.
  const mirror = mirrorOf(site, { issuesPerSlice: 15, censusIntervalHours: 0, includeRemoteLinks: true })
  site.faults.add({ kind: 'status', status: 403, path: '*/search/jql', skip: 2 })
  const { state, failures } = await mirror.sync()
  expect([state, failures.map(({ step, failure }) => [step, failure.transient])]).toEqual([
    'failed',
    [['jira_issue_slices', false]],
  ])
  expect((await mirror.tables()).issues.length).toBeLessThan(60)
  site.evolve({})
  expect(await mirror.sync()).toMatchObject({ state: 'finished', failures: [] })
  expect(await mirror.tables()).toEqual(tablesOf(site, 'cloud'))
  await mirror.stop()
  await site.close()
})
