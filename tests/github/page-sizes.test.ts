import { memoryLoader, runToEnd } from '@millrace/core'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github, repositories } from '../../packages/connector-github/src/index.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

let site: GithubSimulator
afterEach(() => site?.close())

it.each(['timeout', 'resource-limits'] as const)(
  'a page that ends in %s is asked for in smaller pieces, and is whole',
  async (answer) => {
    site = await startGithubSimulator({
      pullRequests: 90,
      repositories: 2,
      longLists: 0.1,
      heavy: { aboveNodes: 4000, answer },
    })
    const loader = memoryLoader()
    const summary = await runToEnd({ connector: github, config: { baseUrl: site.url, token: 'demo-token' }, loader })
    expect(summary).toMatchObject({ state: 'finished', failures: [] })
    expect(contentOfTables(loader)).toEqual(contentOfSite(site))
  },
)

it.each([
  ['of what a token reaches', {}],
  ['of an owner', { repositories: ['acme/*'] }],
])(
  'a list of repositories that is too heavy is read in smaller pieces (%s), and so are those that are gone',
  async (_of, choice) => {
    // A hundred repositories are three hundred nodes, and the page of a single pull request is a few less.
    const heavy = { aboveNodes: 290, answer: 'timeout' } as const
    site = await startGithubSimulator({ repositories: 300, pullRequests: 10, longLists: 0, now: Date.now(), heavy })
    const mirror = createMirror({ baseUrl: site.url, token: 'demo-token', pullRequestsPerPage: 1, ...choice })
    expect(await mirror.sync()).toEqual({ state: 'finished', failures: [] })
    const wanted = [...site.truth().repositories()].filter(
      ({ owner }) => !('repositories' in choice) || owner === 'acme',
    )
    expect(mirror.loader.rows(repositories)).toHaveLength(wanted.length)
    site.evolve({ deletions: 110, advanceMs: 60_000 })
    expect(await mirror.sync()).toEqual({ state: 'finished', failures: [] })
    const left = new Set([...site.truth().repositories()].map(({ id }) => id))
    expect(mirror.loader.rows(repositories)).toHaveLength(wanted.filter(({ id }) => left.has(id)).length)
  },
)

it('a run without changes costs a point for 50 repositories, besides open pull requests', async () => {
  site = await startGithubSimulator({ pullRequests: 300, repositories: 100, longLists: 0, now: Date.now() })
  const mirror = createMirror({ baseUrl: site.url, token: 'demo-token' })
  await mirror.sync()
  // What changed within the overlap of the first window is read again once.
  site.evolve({})
  await mirror.sync()
  const before = site.points()['demo-token'] ?? 0
  site.forgetRequests()
  site.evolve({})
  expect(await mirror.sync()).toMatchObject({ state: 'finished' })
  const { byRoute } = site.requests()
  const open = [...site.truth().repositories()]
    .map((repository) => [...site.truth().pullRequests(repository)].filter(({ state }) => state === 'OPEN').length)
    .filter((count) => count > 0)
  expect(byRoute).toEqual({
    'GET rate_limit': 1,
    'POST Viewer': 1,
    'POST ViewerRepositories': 1,
    'POST PullRequests': open.length,
  })
  const points = (site.points()['demo-token'] ?? 0) - before
  // Seven lists of each, and ten lists of replies; a hundred lists are a point. Who we are takes one.
  const ofOpen = open.map((count) => Math.max(1, Math.round((1 + count * 17) / 100)))
  const sum = (left: number, right: number): number => left + right
  expect(points).toBe(1 + 100 / 50 + ofOpen.reduce(sum, 0))
  expect(points).toBeLessThanOrEqual(1 + 100 / 50 + open.reduce(sum, 0))
})
