import { memoryLoader } from '@millrace/core'
import { migrate, postgresLoader, seedTenant } from '@millrace/sink-postgres'
import { startJiraSimulator } from '@millrace-examples/simulators'
import { describe, expect, it } from 'vitest'
import { scratchKinds } from '../../packages/sink-postgres/src/testing/scratch-database.ts'
import { type MirrorPlace, mirrorOf } from './mirror.ts'
import { tablesOf } from './site-tables.ts'

const TIMEOUT_MS = 300_000
const PROJECTS = 3
const SPRINTS_OF_A_BOARD = /\/board\/\d+\/sprint$/
/** What a unit of issues ends with: a count, which Data Center gives with a second search. */
const COUNTS = { cloud: [/\/approximate-count$/, PROJECTS], dataCenter: [/\/search$/, 2 * PROJECTS] } as const

/** A site that loses sprints while it is read: after the issues that are planned for them, before the list of the others. */
async function mirrored(face: keyof typeof COUNTS, place: MirrorPlace) {
  const site = await startJiraSimulator({ issues: 90, projects: PROJECTS, validateTraffic: true })
  const [counting, all] = COUNTS[face]
  let counted = 0
  let doomed: readonly number[] = []
  const settings = { includeDevStatus: false, boardsIntervalHours: 0.5, censusIntervalHours: 0, issuesPerSlice: 0 }
  const mirror = mirrorOf(site, settings, face, {
    ...place,
    onRequest: (url) => {
      const { pathname } = new URL(url)
      if (counting.test(pathname)) counted += 1
      if (doomed.length === 0 || !SPRINTS_OF_A_BOARD.test(pathname)) return
      // The list comes later than the issues.
      if (counted < all) {
        site.faults.add({ kind: 'status', status: 503, retryAfterSeconds: 200, path: '*/sprint' })
        return
      }
      site.evolve({ sprintDeletions: doomed, advanceMs: 0 })
      doomed = []
    },
  })
  return {
    site,
    mirror,
    /** One run, in which these sprints are deleted. Tells whether issues were read again for it. */
    async sync(deletions: readonly number[] = []): Promise<boolean> {
      counted = 0
      doomed = deletions
      const { state, failures, counters } = await mirror.sync()
      expect({ state, failures }).toEqual({ state: 'finished', failures: [] })
      expect(doomed).toEqual([])
      return counters.some(
        ({ step, stage, planned }) => step === 'jira_missed_issues' && stage === 'extraction' && planned > 0,
      )
    },
    async [Symbol.asyncDispose]() {
      expect(site.violations()).toEqual([])
      await mirror.stop()
      await site.close()
    },
  }
}

/** The sprints that most issues are planned for. */
function busiest(lines: readonly string[]): readonly number[] {
  const counts = new Map<number, number>()
  for (const line of lines) {
    const sprint = Number(line.split(' ')[1])
    counts.set(sprint, (counts.get(sprint) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, left], [, right]) => right - left)
    .slice(0, 3)
    .map(([sprint]) => sprint)
}

async function proveThatLinksGo(face: keyof typeof COUNTS, place: MirrorPlace): Promise<void> {
  await using at = await mirrored(face, place)
  await at.sync()
  const deletions = busiest(tablesOf(at.site, face).sprints)
  expect(deletions).toHaveLength(3)
  const before = (await at.mirror.tables()).sprints.length
  at.site.evolve({ advanceMs: 3_600_000 })
  expect(await at.sync(deletions)).toBe(true)
  const { sprints } = await at.mirror.tables()
  expect(sprints).toEqual(tablesOf(at.site, face).sprints)
  expect(sprints.length).toBeLessThan(before)

  // What is right is not asked for again, and what changes later brings nothing back.
  at.site.evolve({ advanceMs: 3_600_000 })
  expect(await at.sync()).toBe(false)
  at.site.evolve({ edits: 30, advanceMs: 60_000 })
  await at.sync()
  expect((await at.mirror.tables()).sprints).toEqual(tablesOf(at.site, face).sprints)
}

describe('issues are no longer planned for a sprint in the run that finds it deleted, though it had read them before', () => {
  it.each(['cloud', 'dataCenter'] as const)(
    'in memory: %s',
    (face) => proveThatLinksGo(face, { loader: memoryLoader() }),
    TIMEOUT_MS,
  )

  it.each(scratchKinds(process.env.DATABASE_URL).slice(-1))(
    'on a $name',
    async (kind) => {
      await using db = await openScratch(kind)
      const tenantId = await seedTenant(db, { name: 'sprints' })
      await proveThatLinksGo('cloud', { loader: postgresLoader(db), tenantId })
    },
    TIMEOUT_MS,
  )
})

async function openScratch(kind: ReturnType<typeof scratchKinds>[number]) {
  const db = await kind.open()
  await migrate(db)
  return { ...db, [Symbol.asyncDispose]: () => db.close() }
}
