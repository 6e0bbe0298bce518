import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, it } from 'vitest'
import { mirrorOf } from './mirror.ts'
import { tablesOf } from './site-tables.ts'

it.each(['cloud', 'dataCenter'] as const)(
  'links of an issue that is deleted go at their other ends too, though Jira touches none of them: %s',
  async (face) => {
    const site = await startJiraSimulator({ issues: 120, projects: 3, validateTraffic: true })
    const mirror = mirrorOf(site, { includeDevStatus: false }, face)
    try {
      expect(await mirror.sync()).toMatchObject({ state: 'finished', failures: [] })
      const linked = [...site.truth().links()].slice(0, 6).map(({ inwardIssueId }) => inwardIssueId)
      site.evolve({ deletions: [...new Set(linked)] })
      expect(await mirror.sync()).toMatchObject({ state: 'finished', failures: [] })
      expect((await mirror.tables()).links).toEqual(tablesOf(site, face).links)
      expect(site.violations()).toEqual([])

      // What is whole again is not read again.
      site.evolve({ advanceMs: 3_600_000 })
      site.forgetRequests()
      await mirror.sync()
      expect(Object.keys(site.requests().byRoute).filter((route) => route.includes('bulkfetch'))).toEqual([])
    } finally {
      await mirror.stop()
      await site.close()
    }
  },
  300_000,
)
