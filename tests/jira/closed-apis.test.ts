import type { RunSummary } from '@millrace/core'
import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, it } from 'vitest'
import { mirrorOf } from './mirror.ts'
import { tablesOf } from './site-tables.ts'

const CLOSED = ['*/board', '*/remotelink', '*/worklog', '/rest/dev-status/*']

it('what is closed to the account is said by each run, once, and what was read of it stays until it is open again', async () => {
  const site = await startJiraSimulator({ issues: 200, projects: 2, validateTraffic: true })
  const settings = {
    includeRemoteLinks: true,
    boardsIntervalHours: 0.5,
    censusIntervalHours: 0,
    devStatusRepollHours: 0,
  }
  const mirror = mirrorOf(site, settings)
  const sync = async (): Promise<RunSummary['warnings']> => {
    const { state, failures, warnings } = await mirror.sync()
    expect({ state, failures }).toEqual({ state: 'finished', failures: [] })
    return warnings
  }
  const belongings = async () => {
    const { remoteLinks, worklogs, comments, branches, commits, pullRequests, sprints } = await mirror.tables()
    return { remoteLinks, worklogs, comments, branches, commits, pullRequests, sprints }
  }
  try {
    expect(await sync()).toEqual([])
    const before = await belongings()
    for (const of of Object.values(before)) expect(of.length).toBeGreaterThan(0)

    // Every issue is touched, so that all that it has is asked for.
    const issues = [...site.truth().issues()].map(({ id }) => id)
    site.evolve({ transitions: issues })
    for (const path of CLOSED) site.faults.add({ kind: 'status', status: 403, path, times: 100_000 })
    for (let run = 1; run <= 2; run += 1) {
      site.evolve({ transitions: issues.slice(0, 100), advanceMs: 600_000 })
      const warnings = await sync()
      expect(new Set(warnings.map(({ about }) => about))).toEqual(
        new Set(['Boards', 'Closed development panels', 'Closed worklogs', 'Remote links']),
      )
      const named = warnings.map(({ step, about }) => `${step}: ${about}`)
      expect(new Set(named).size).toBe(named.length)
      for (const { message } of warnings) expect(message).not.toContain('demo-token')
      expect(await belongings()).toEqual(before)
    }

    site.faults.clear()
    site.evolve({ transitions: issues })
    expect(await sync()).toEqual([])
    expect(await mirror.tables()).toEqual(tablesOf(site, 'cloud'))
    expect(site.violations()).toEqual([])
  } finally {
    await mirror.stop()
    await site.close()
  }
}, 300_000)
