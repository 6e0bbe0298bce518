import { startJiraSimulator } from '@millrace-examples/simulators'
import { describe, expect, it } from 'vitest'
import { type Face, mirrorOf } from './mirror.ts'
import { type SiteTables, tablesOf } from './site-tables.ts'

const PROJECT = 'PAY'
const TIMEOUT_MS = 300_000
const SEARCH = /\/search(\/jql)?$/

/** What becomes of a project in the middle of a run, and how it comes back. */
const FATES = {
  hidden: [{ hiddenProjects: [PROJECT] }, { shownProjects: [PROJECT] }],
  archived: [{ archivedProjects: [PROJECT] }, { unarchivedProjects: [PROJECT] }],
  deleted: [{ projectDeletions: [PROJECT] }, { projectRestores: [PROJECT] }],
} as const

interface Meanwhile {
  readonly fate?: keyof typeof FATES
  /** Before which of the requests that match it happens, counted from 1. Default: the first */
  readonly before: RegExp
  readonly nth?: number
}

async function mirrored(face: Face, settings: Parameters<typeof mirrorOf>[1] = {}) {
  const site = await startJiraSimulator({ issues: 60, projects: 3, validateTraffic: true })
  let toCome: Required<Meanwhile> | undefined
  const mirror = mirrorOf(site, { devStatusRepollHours: 0, ...settings }, face, {
    onRequest: (url) => {
      if (!toCome?.before.test(new URL(url).pathname)) return
      toCome = { ...toCome, nth: toCome.nth - 1 }
      if (toCome.nth > 0) return
      site.evolve({ ...FATES[toCome.fate][0], advanceMs: 0 })
      toCome = undefined
    },
  })
  const projectId = [...site.truth().projects()].find(({ key }) => key === PROJECT)?.id
  return {
    site,
    mirror,
    /** Issues of the project. */
    inside: [...site.truth().issues()].flatMap((issue) => (issue.projectId === projectId ? [issue.id] : [])),
    /** What the site holds of what is read. */
    truth: (): SiteTables => ({
      ...tablesOf(site, face),
      ...(settings.includeRemoteLinks !== true && { remoteLinks: [] }),
    }),
    /** One run, which nothing of this may fail. */
    async sync(meanwhile?: Meanwhile, mode: 'incremental' | 'full' = 'incremental'): Promise<void> {
      toCome = meanwhile && { fate: 'hidden', nth: 1, ...meanwhile }
      expect(await mirror.sync(mode)).toMatchObject({ state: 'finished', failures: [] })
      expect(toCome).toBeUndefined()
    },
    async [Symbol.asyncDispose]() {
      expect(site.violations()).toEqual([])
      await mirror.stop()
      await site.close()
    },
  }
}

describe('what went out of sight between being found and being read is read when it is back, though nothing changed', () => {
  it.each([
    ['cloud', 'remote links', /\/remotelink$/],
    ['dataCenter', 'remote links', /\/remotelink$/],
    ['cloud', 'development panels', /\/issue\/summary$/],
  ] as const)(
    'on %s: %s',
    async (face, collection, before) => {
      await using at = await mirrored(face, { includeRemoteLinks: collection === 'remote links' })
      await at.sync({ before })
      expect(await at.mirror.tables()).not.toEqual(at.truth())

      // Nobody asks for it while it is out of sight.
      at.site.evolve({ advanceMs: 60_000 })
      at.site.forgetRequests()
      await at.sync()
      expect(at.site.requests().byRoute['POST /rest/api/3/issue/bulkfetch']).toBeUndefined()

      at.site.evolve({ shownProjects: [PROJECT], advanceMs: 60_000 })
      await at.sync()
      expect(await at.mirror.tables()).toEqual(at.truth())
    },
    TIMEOUT_MS,
  )

  it.each([
    ['cloud', 'histories', /\/changelog\/bulkfetch$/, 1],
    ['cloud', 'the rest of histories', /\/changelog\/bulkfetch$/, 2],
    ['dataCenter', 'histories', /\/issue\/\d+$/, 1],
  ] as const)(
    'on %s: %s of issues that are stored',
    async (face, _, before, nth) => {
      // No census, which would find issues that are not stored.
      await using at = await mirrored(face, { censusIntervalHours: 0 })
      await at.sync()
      at.site.faults.add(
        { kind: 'truncated-changelog', path: '*/search*', keep: 1, times: 1000 },
        { kind: 'short-page', path: '*/changelog/bulkfetch', size: 20, times: 1000 },
      )
      at.site.evolve({ edits: at.inside })
      // Longer ago than the next window reaches.
      at.site.evolve({ advanceMs: 3_600_000 })
      await at.sync({ before, nth })
      at.site.evolve({ shownProjects: [PROJECT] })
      await at.sync()
      expect(await at.mirror.tables()).toEqual(at.truth())
    },
    TIMEOUT_MS,
  )
})

it(
  'issues of a first run whose histories went out of sight are read when they are back, also where no census looks for them',
  async () => {
    await using at = await mirrored('cloud', { censusIntervalHours: 0 })
    at.site.faults.add({ kind: 'truncated-changelog', path: '*/search*', keep: 1, times: 1000 })
    await at.sync({ before: /\/changelog\/bulkfetch$/ })
    at.site.evolve({ shownProjects: [PROJECT], advanceMs: 3_600_000 })
    await at.sync()
    expect(await at.mirror.tables()).toEqual(at.truth())
  },
  TIMEOUT_MS,
)

describe('a project that goes away between the plan of its unit and a search is no dead letter', () => {
  // The first three are for issues, the others for the census.
  it.each([
    ['cloud', 'hidden', 1],
    ['cloud', 'hidden', 5],
    ['cloud', 'archived', 3],
    ['cloud', 'deleted', 2],
    ['dataCenter', 'hidden', 1],
    ['dataCenter', 'archived', 5],
  ] as const)(
    'on %s: %s before search %i',
    async (face, fate, nth) => {
      await using at = await mirrored(face)
      await at.sync()
      at.site.evolve({ edits: at.inside.slice(0, 20) })
      await at.sync({ fate, before: SEARCH, nth })
      if (fate === 'deleted') {
        await at.sync()
        expect(await at.mirror.tables()).toEqual(at.truth())
      } else {
        const { issues } = await at.mirror.tables()
        expect(issues.filter((line) => at.inside.includes(String(JSON.parse(line)[0])))).toHaveLength(at.inside.length)
      }
      at.site.evolve(FATES[fate][1])
      await at.sync()
      expect(await at.mirror.tables()).toEqual(at.truth())
    },
    TIMEOUT_MS,
  )

  it(
    'when it is read as a whole, in slices',
    async () => {
      await using at = await mirrored('cloud', { issuesPerSlice: 15, censusIntervalHours: 0 })
      await at.sync()
      at.site.evolve({ edits: at.inside })
      await at.sync({ before: SEARCH, nth: 5 }, 'full')
      at.site.evolve({ shownProjects: [PROJECT] })
      await at.sync()
      expect(await at.mirror.tables()).toEqual(at.truth())
    },
    TIMEOUT_MS,
  )
})
