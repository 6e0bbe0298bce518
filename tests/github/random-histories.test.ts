import { seededRandom } from '@millrace/core/testing'
import { type GithubFaultInput, startGithubSimulator } from '@millrace-examples/simulators'
import { expect, test } from 'vitest'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

const HISTORIES = 6
const ROUNDS = 3
/** Of the process, in a run. */
const CRASHES = 10

const FAULTS: readonly GithubFaultInput[] = [
  { kind: 'timeout', operation: 'PullRequests' },
  { kind: 'something-wrong', operation: 'PullRequests' },
  { kind: 'resource-limits', operation: 'PullRequests' },
  { kind: 'resource-limits', operation: 'PullRequest' },
  { kind: 'timeout', operation: 'MoreComments' },
  { kind: 'rate-limit', type: 'RATE_LIMIT', resetAfterSeconds: 0 },
  { kind: 'secondary-limit', status: 403, retryAfterSeconds: 0 },
  { kind: 'repeated-cursor', operation: 'PullRequests' },
  { kind: 'status', status: 504 },
]

test.each(Array.from({ length: HISTORIES }, (_, index) => index + 1))(
  'after any history, any faults and any crashes the tables are what the site holds (%i)',
  async (seed) => {
    const random = seededRandom(seed)
    const below = (bound: number): number => Math.floor(random.next() * bound)
    const site = await startGithubSimulator({
      now: Date.now(),
      seed,
      repositories: 7,
      pullRequests: 90,
      longLists: 0.08,
    })
    const mirror = createMirror({ baseUrl: site.url, token: 'demo-token', pullRequestsPerPage: 1 + below(50) })
    let crashes = 0
    const decide = (call: string) => {
      if (crashes >= CRASHES || (call.startsWith('clock.') && call !== 'clock.sleep')) return 'go'
      const dice = random.next()
      if (dice >= 0.02) return 'go'
      crashes += 1
      return dice < 0.01 ? 'crash-before' : 'crash-after'
    }
    for (let round = 0; round <= ROUNDS; round += 1) {
      crashes = 0
      site.faults.clear()
      for (const fault of FAULTS) if (random.next() < 0.3) site.faults.add({ ...fault, skip: below(3) })
      expect(await mirror.sync(decide)).toEqual({ state: 'finished', failures: [] })
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
