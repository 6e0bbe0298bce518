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

it('a search that lost its place too often is read from its start by the next run, in the same window', async () => {
  const site = await startJiraSimulator({ issues: 60, projects: 1, quiet: true })
  const mirror = mirrorOf(site, { issuesPerPage: 10, censusIntervalHours: 0, includeRemoteLinks: true })
  await mirror.sync()
  site.evolve({ edits: 50 })
  // Its first page is read, and whichever token leads on from there is refused, in each of its attempts.
  site.faults.add({ kind: 'expired-token', path: '*/search/jql', times: 1000 })
  const { state, failures } = await mirror.sync()
  expect([state, failures.map(({ step, failure }) => [step, failure.code, failure.transient])]).toEqual([
    'failed',
    [['jira_issues_with_changelogs', 'PAGES_UNSTABLE', true]],
  ])
  site.faults.clear()
  site.evolve({})
  expect(await mirror.sync()).toMatchObject({ state: 'finished', failures: [] })
  expect(await mirror.tables()).toEqual(tablesOf(site, 'cloud'))
  await mirror.stop()
  await site.close()
})
