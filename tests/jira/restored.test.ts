import { startJiraSimulator } from '@millrace-examples/simulators'
import { describe, expect, it } from 'vitest'
import { type Face, mirrorOf } from './mirror.ts'
import { tablesOf } from './site-tables.ts'

const FACES = ['cloud', 'gateway', 'dataCenter'] as const satisfies readonly Face[]
const ISSUES = 60
const TIMEOUT_MS = 300_000

async function mirrored(face: Face) {
  const site = await startJiraSimulator({ issues: ISSUES, projects: 3, validateTraffic: true })
  const mirror = mirrorOf(site, { includeRemoteLinks: true, issuesPerPage: 20 }, face)
  return {
    site,
    sync: async (): Promise<void> => {
      expect(await mirror.sync()).toMatchObject({ state: 'finished', failures: [] })
      expect(await mirror.tables()).toEqual(tablesOf(site, face))
      expect(site.violations()).toEqual([])
    },
    async [Symbol.asyncDispose]() {
      await mirror.stop()
      await site.close()
    },
  }
}

describe('what comes back lives again, although nothing of it has changed', () => {
  it.each(FACES)(
    'issues that a security level kept from the account: %s',
    async (face) => {
      await using at = await mirrored(face)
      await at.sync()
      // Few enough for a census to believe, and more than a page.
      at.site.evolve({ hiddenIssues: 20 })
      await at.sync()
      at.site.faults.add({ kind: 'short-page', path: '*/search', size: 3, times: 1000 })
      at.site.evolve({ shownIssues: 15, deletions: 3 })
      await at.sync()
    },
    TIMEOUT_MS,
  )

  it(
    'a project that was in the trash',
    async () => {
      await using at = await mirrored('cloud')
      await at.sync()
      at.site.evolve({ projectDeletions: ['PAY'] })
      await at.sync()
      at.site.evolve({ projectRestores: ['PAY'] })
      await at.sync()
    },
    TIMEOUT_MS,
  )

  it(
    'a project that was archived, which keeps its issues meanwhile',
    async () => {
      await using at = await mirrored('dataCenter')
      await at.sync()
      at.site.evolve({ archivedProjects: ['PAY'] })
      at.site.evolve({ edits: 10, deletions: 2 })
      await at.sync()
      at.site.evolve({ unarchivedProjects: ['PAY'], edits: 5 })
      await at.sync()
    },
    TIMEOUT_MS,
  )

  it('for as many requests as a first read of it takes', async () => {
    await using at = await mirrored('cloud')
    await at.sync()
    at.site.evolve({ hiddenIssues: 20 })
    await at.sync()
    at.site.evolve({ shownIssues: 20 })
    at.site.forgetRequests()
    await at.sync()
    const { byRoute } = at.site.requests()
    // One for each project, of which none has more of them than a page holds, and one for what links to them.
    expect(byRoute['POST /rest/api/3/issue/bulkfetch']).toBe(4)
    at.site.evolve({})
    at.site.forgetRequests()
    await at.sync()
    expect(at.site.requests().byRoute['POST /rest/api/3/issue/bulkfetch']).toBeUndefined()
  })
})
