import { seededRandom } from '@millrace/core/testing'
import { type GithubFaultInput, type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { expect, test } from 'vitest'
import { type PassingTime, passingTime } from '../passing-time.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

const HISTORIES = 5
const ROUNDS = 2
/** Most repositories have less than ten pull requests: on a page of fifty what was not meant to be read comes along. */
const PAGE_SIZES = [1, 2, 5, 50]
/** Of the process, in a run. */
const CRASHES = 10
/** How often something happens on the site before a request. */
const DISTURBANCES = 0.15
const SECOND = 1_000

const FAULTS: readonly GithubFaultInput[] = [
  { kind: 'timeout', operation: 'PullRequests' },
  { kind: 'something-wrong', operation: 'PullRequests' },
  { kind: 'resource-limits', operation: 'PullRequests' },
  { kind: 'resource-limits', operation: 'PullRequest' },
  { kind: 'timeout', operation: 'MoreComments' },
  { kind: 'rate-limit', type: 'RATE_LIMIT', resetAfterSeconds: 90 },
  { kind: 'secondary-limit', status: 403, retryAfterSeconds: 70 },
  { kind: 'repeated-cursor', operation: 'PullRequests' },
  { kind: 'status', status: 504 },
]

/** What is decided at random, the same for a seed. */
interface Chance {
  next(): number
  below(bound: number): number
}

function chanceOf(seed: number): Chance {
  const { next } = seededRandom(seed)
  return { next, below: (bound) => Math.floor(next() * bound) }
}

/** The site goes on while it is read: things happen between two requests, and now and then a long time passes. */
function disturbed(site: GithubSimulator, time: PassingTime, chance: Chance, isQuiet: () => boolean): PassingTime {
  const happen = (): void => {
    site.evolve({
      edits: chance.below(4),
      additions: chance.below(2),
      renames: chance.below(20) === 0 ? 1 : 0,
      deletions: chance.below(40) === 0 ? 1 : 0,
      advanceMs: SECOND * (chance.below(8) === 0 ? 1_300 : 2 + chance.below(40)),
    })
  }
  const fetch: PassingTime['fetch'] = (url, init) => {
    if (!isQuiet() && chance.next() < DISTURBANCES) happen()
    return time.fetch(url, init)
  }
  return { ...time, fetch }
}

test.each(Array.from({ length: HISTORIES }, (_, index) => index + 1))(
  'after any history, also while it is read, any faults and any crashes the tables are what the site holds (%i)',
  async (seed) => {
    const chance = chanceOf(seed)
    const { below } = chance
    const site = await startGithubSimulator({ seed, repositories: 7, pullRequests: 50, longLists: 0.05 })
    const time = passingTime({ now: site.now, advance: (advanceMs) => void site.evolve({ advanceMs }) })
    let quiet = false
    const settings = { baseUrl: site.url, token: 'demo-token', pullRequestsPerPage: PAGE_SIZES[below(4)] ?? 50 }
    const mirror = createMirror(
      settings,
      disturbed(site, time, chance, () => quiet),
    )
    let crashes = 0
    const decide = (call: string) => {
      if (crashes >= CRASHES || (call.startsWith('clock.') && call !== 'clock.sleep')) return 'go'
      const dice = chance.next()
      if (dice >= 0.02) return 'go'
      crashes += 1
      return dice < 0.01 ? 'crash-before' : 'crash-after'
    }
    for (let round = 0; round <= ROUNDS; round += 1) {
      crashes = 0
      quiet = false
      for (const fault of FAULTS) if (chance.next() < 0.3) site.faults.add({ ...fault, skip: below(3) })
      expect(await mirror.sync(decide)).toEqual({ state: 'finished', failures: [] })
      // What happened behind the back of that run is found by the next one.
      site.faults.clear()
      quiet = true
      expect(await mirror.sync()).toEqual({ state: 'finished', failures: [] })
      expect(contentOfTables(mirror.loader), `round ${round}`).toEqual(contentOfSite(site))
      site.evolve({
        edits: below(40),
        only: {
          'force-push': below(3),
          'resolve-thread': below(4),
          'remove-label': below(3),
          'delete-comment': below(3),
        },
        additions: below(6),
        renames: below(2),
        transfers: below(2),
        archives: below(2),
        deletions: below(2),
      })
    }
    await site.close()
  },
  120_000,
)
