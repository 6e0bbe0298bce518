import { memoryLoader, runToEnd } from '@millrace/core'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github } from '../../packages/connector-github/src/index.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

let site: GithubSimulator
afterEach(() => site?.close())

it.each(['timeout', 'resource-limits'] as const)(
  'a page that ends in %s is asked for in smaller pieces, and is whole',
  async (answer) => {
    site = await startGithubSimulator({
      pullRequests: 150,
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
  const withOpen = [...site.truth().repositories()].filter((repository) =>
    [...site.truth().pullRequests(repository)].some(({ state }) => state === 'OPEN'),
  )
  expect(byRoute).toEqual({
    'GET rate_limit': 1,
    'POST Viewer': 1,
    'POST ViewerRepositories': 1,
    'POST PullRequests': withOpen.length,
  })
  // A page of 50 pull requests and their lists takes 14; who we are takes one.
  expect((site.points()['demo-token'] ?? 0) - before).toBe(1 + 100 / 50 + 14 * withOpen.length)
})
