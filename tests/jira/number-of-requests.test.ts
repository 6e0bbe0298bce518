import { startJiraSimulator } from '@millrace-examples/simulators'
import { describe, expect, it } from 'vitest'
import { mirrorOf } from './mirror.ts'

const HOUR_MS = 3_600_000
const TIMEOUT_MS = 300_000
/** Panels are looked at again at an interval of their own. */
const WITHOUT_REPOLL = { devStatusRepollHours: 0 }

describe('the number of requests', () => {
  it(
    'of a first run is at most 1.2 for 100 ordinary issues with their histories',
    async () => {
      const site = await startJiraSimulator({ issues: 3000, projects: 2, quiet: true, rememberedResponses: 0 })
      const mirror = mirrorOf(site, WITHOUT_REPOLL)
      expect(await mirror.sync()).toMatchObject({ state: 'finished' })
      const { byRoute } = site.requests()
      const asked = ['search/jql', 'changelog/bulkfetch'].map((path) => byRoute[`POST /rest/api/3/${path}`] ?? 0)
      const censuses = 2
      const per100 = ((asked[0] ?? 0) - censuses + (asked[1] ?? 0)) / 30
      process.stdout.write(`Requests per 100 issues with their histories: ${per100}\n`)
      expect(per100).toBeLessThanOrEqual(1.2)
      await mirror.stop()
      await site.close()
    },
    TIMEOUT_MS,
  )

  it(
    'of a run without changes does not depend on how many issues there are',
    async () => {
      const totals: number[] = []
      for (const issues of [50, 2000]) {
        const site = await startJiraSimulator({ issues, projects: 3, quiet: true })
        const mirror = mirrorOf(site, WITHOUT_REPOLL)
        for (const _ of [1, 2]) {
          expect(await mirror.sync()).toMatchObject({ state: 'finished' })
          site.evolve({ advanceMs: 3 * HOUR_MS })
        }
        site.forgetRequests()
        await mirror.sync()
        totals.push(site.requests().total)
        await mirror.stop()
        await site.close()
      }
      expect(totals[1]).toBe(totals[0])
    },
    TIMEOUT_MS,
  )
})
