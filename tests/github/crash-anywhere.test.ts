import type { Fate } from '@millrace/core/testing'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

let site: GithubSimulator
afterEach(() => site?.close())

const ASKED_OF_PORTS = /^(ledger|jobs|loader)\./

/** Which call to a port this is, counted from 1; time goes by at none of them. */
function countCalls(fateOf: (call: number) => Fate = () => 'go') {
  let calls = 0
  const decide = (call: string): Fate => {
    if (!ASKED_OF_PORTS.test(call)) return 'go'
    calls += 1
    return fateOf(calls)
  }
  return { decide, calls: () => calls }
}

/** Every call takes minutes; one in so many, and each way to die in turn, is what a test may take. */
const STRIDE = 9
const WAYS = ['crash-before', 'crash-after'] as const

it('a process may die anywhere in a run: another one ends it, and the tables are what the site holds', async () => {
  site = await startGithubSimulator({ now: Date.now(), repositories: 2, pullRequests: 9, longLists: 0.2 })
  // Pages in mid-repository, and pull requests that are read on their own.
  const settings = { baseUrl: site.url, token: 'demo-token', pullRequestsPerPage: 3, releases: true, deployments: true }
  const truth = contentOfSite(site, { shipping: true })
  const undisturbed = countCalls()
  const first = createMirror(settings)
  expect(await first.sync(undisturbed.decide)).toEqual({ state: 'finished', failures: [] })
  expect(contentOfTables(first.loader)).toEqual(truth)
  expect(Object.keys(site.requests().byRoute)).toContain('POST PullRequest')

  const places = Array.from({ length: Math.floor(undisturbed.calls() / STRIDE) }, (_, index) => 1 + index * STRIDE)
  expect(places.length).toBeGreaterThan(20)
  for (const [index, place] of places.entries()) {
    const way = WAYS[index % WAYS.length] ?? 'crash-after'
    const mirror = createMirror(settings)
    const { decide } = countCalls((call) => (call === place ? way : 'go'))
    expect(await mirror.sync(decide), `${way} call ${place}`).toEqual({ state: 'finished', failures: [] })
    expect(contentOfTables(mirror.loader), `${way} call ${place}`).toEqual(truth)
  }
}, 300_000)
