import { runStep } from '@millrace/core/testing'
import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, it } from 'vitest'
import { jira, workItems } from '../../packages/connector-jira/src/index.ts'
import { passingTime } from '../passing-time.ts'
import { FACES } from './mirror.ts'

const POINTS = { quota: 60, windowMs: 10_000 }
const ISSUES = 300

it('an app that runs out of points waits for the next window, and no issue is lost to it', async () => {
  const site = await startJiraSimulator({ issues: ISSUES, projects: 1, quiet: true, points: POINTS })
  const time = passingTime(site)
  const began = site.now()
  const config = { ...FACES.gateway(site), issuesPerPage: 20, includeDevStatus: false }
  const { clock, fetch } = time
  const { changes } = await time.during(() =>
    runStep(jira, 'jira_issues_with_changelogs', { config, retries: 2, clock, fetch }),
  )
  const read = changes.filter((change) => change.op === 'upsert' && change.entity === workItems)
  expect(read).toHaveLength(ISSUES)
  // Each issue costs a point, and so does each request.
  const windows = Math.floor(ISSUES / POINTS.quota)
  expect(site.now() - began).toBeGreaterThanOrEqual((windows - 1) * POINTS.windowMs)
  expect(site.now() - began).toBeLessThanOrEqual((windows + 2) * POINTS.windowMs)
  const refused = site.requests().responses.filter(({ status }) => status === 429)
  expect(refused.length).toBeLessThanOrEqual(windows + 1)
  await site.close()
})
