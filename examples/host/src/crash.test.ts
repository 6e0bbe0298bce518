import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from './exit-codes.ts'
import { type EndState, readEndState } from './testing/end-state.ts'
import { startHost } from './testing/host-process.ts'
import { type AskedPage, askedPages, placesOf } from './testing/issue-pages.ts'
import { type RealSite, realSite } from './testing/real-site.ts'
import { scratchFolder } from './testing/scratch-folder.ts'

/**
 * Kills the real program where it stands, again and again, and starts it again: what it leaves behind in the end must be
 * what a run leaves behind that nothing disturbed. The site lives in this process, so that it survives and remembers.
 */

/** Kill so long after the program said this; '' is its very start. */
type Moment = readonly [said: string | RegExp, afterMs: number]

const BOOT: readonly Moment[] = [
  ['', 50],
  ['', 400],
  ['Opening', 0],
  ['Opening', 600],
  ['Opening', 1200],
  ['Opening', 1700],
  ['Opening', 2000],
  ['Migrated', 0],
  ['Connected', 30],
]

/** In the order in which a run comes past them. */
const STAGES = [
  'Run 1 ',
  'Projects & Types: extract started',
  'Statuses & Relations: transform started',
  'Issues & Changelogs: extract started',
  'Issues & Changelogs: transform started',
  'Issues & Changelogs: embed started',
  'Development Status: transform started',
  'Issues & Changelogs: extract finished',
  'Development Status: extract finished',
  'Issues & Changelogs: transform finished',
  'Development Status: transform finished',
]

/** Six lives, each of which dies near another stage; which ones, and how near, is drawn from the seed. */
function momentsOf(seed: number): readonly Moment[] {
  const random = draws(seed)
  const chosen = STAGES.map((said) => ({ said, rank: random() }))
    .sort((left, right) => left.rank - right.rank)
    .slice(0, 6)
  return STAGES.filter((said) => chosen.some((found) => found.said === said)).map((said) => [
    said,
    Math.floor(random() * 120),
  ])
}

/** Lives of any length, counted from when the run is worked on. */
function lifetimesOf(seed: number): readonly Moment[] {
  const random = draws(seed)
  return Array.from({ length: 6 }, () => [/^(Run|Resuming)/m, Math.floor(random() * 900)] as const)
}

/** Numbers from 0 to 1 that follow from the seed (a linear congruential generator). */
function draws(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const CAMPAIGNS: readonly (readonly [name: string, moments: readonly Moment[]])[] = [
  ['while it starts', BOOT],
  ['near stages, first draw', momentsOf(1)],
  ['near stages, second draw', momentsOf(2)],
  ['near stages, third draw', momentsOf(3)],
  ['near stages, fourth draw', momentsOf(4)],
  ['at any moment, first draw', lifetimesOf(5)],
  ['at any moment, second draw', lifetimesOf(6)],
]

const ISSUES = 150
/** Small pages, so that there are many; and a row that is killed again and again stays worth another try. */
const OPTIONS = ['--once', '--batch-size', '10', '--max-attempts', '100']

// Ten programs start one after the other.
describe('a program that is killed', { timeout: 900_000 }, () => {
  let site: RealSite
  let undisturbed: EndState
  let placeOf: (page: AskedPage) => number
  let kills = 0

  const startOn = (directory: string) => {
    site.simulator.forgetRequests()
    return startHost(['--data-dir', directory, ...OPTIONS], site.variables)
  }
  const pagesAsked = (): readonly AskedPage[] => askedPages(site.simulator.requests().responses)

  beforeAll(async () => {
    site = await realSite({ issues: ISSUES, frozen: true })
    await using folder = await scratchFolder()
    const directory = join(folder.path, 'data')
    const host = startOn(directory)
    expect(await host.ended).toBe(EXIT.finished)
    placeOf = placesOf(pagesAsked())
    undisturbed = await readEndState(directory)
    const { work_items: issues, comments } = undisturbed.tables
    expect(issues?.rows).toBe(ISSUES)
    const texts = ISSUES + (comments?.rows ?? 0)
    expect(undisturbed.vectors).toMatchObject({ rows: texts, points: texts, unsettled: 0 })
  })

  afterAll(() => site[Symbol.asyncDispose]())

  test.each(CAMPAIGNS)('%s leaves what an undisturbed run leaves', async (_name, moments) => {
    await using folder = await scratchFolder()
    const directory = join(folder.path, 'data')
    /** How far each query was read by all lives so far. */
    const furthest = new Map<string, number>()
    const expectNoReturn = (): void => {
      const walks = Map.groupBy(pagesAsked(), ({ query }) => query)
      for (const [query, pages] of walks) {
        const places = pages.map(placeOf)
        const before = furthest.get(query) ?? 0
        // A page is asked for while the one before it is stored: these two may be lost, and none before them.
        expect(Math.min(...places), `${query} goes on where it was`).toBeGreaterThanOrEqual(before - 1)
        furthest.set(query, Math.max(before, ...places))
      }
    }

    for (const [said, afterMs] of moments) {
      const host = startOn(directory)
      const reached = await host.says(said)
      if (reached) await Promise.race([delay(afterMs), host.ended])
      host.child.kill('SIGKILL')
      const code = await host.ended
      expectNoReturn()
      if (code === null) kills += 1
      else expect({ code, errors: host.errors() }).toEqual({ code: EXIT.finished, errors: '' })
      if (code !== null) break
    }
    const last = startOn(directory)
    expect({ code: await last.ended, errors: last.errors() }).toEqual({ code: EXIT.finished, errors: '' })
    expectNoReturn()
    expect(await readEndState(directory)).toEqual(undisturbed)
  })

  test('was killed often enough to mean something', () => {
    expect(kills).toBeGreaterThanOrEqual(30)
  })
})
