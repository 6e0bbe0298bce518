import { type GithubSimulator, type RepositoryFact, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { deployments, releases } from '../../packages/connector-github/src/index.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

let site: GithubSimulator
afterEach(() => site?.close())

it('releases and deployments are what the site holds, after whatever happened to them', async () => {
  site = await startGithubSimulator({ now: Date.now(), repositories: 14, pullRequests: 20, longLists: 0 })
  const settings = { baseUrl: site.url, token: 'demo-token', releases: true, deployments: true }
  const mirror = createMirror(settings)
  for (let round = 0; round < 4; round += 1) {
    expect(await mirror.sync()).toEqual({ state: 'finished', failures: [] })
    expect(contentOfTables(mirror.loader), `round ${round}`).toEqual(contentOfSite(site, { shipping: true }))
    site.evolve({ releases: 5, releaseEdits: 4, releaseWithdrawals: 2, deployments: 9, deletions: 1, renames: 1 })
  }
  // What is over and far from the head of its list is not looked at again but by a full sync.
  site.evolve({ deploymentRemovals: 30 })
  await mirror.sync(undefined, 'full')
  expect(contentOfTables(mirror.loader)).toEqual(contentOfSite(site, { shipping: true }))
  // Lists that go on beyond a page are among them.
  const most = (counts: readonly number[]): number => Math.max(...counts)
  const kept = [...site.truth().repositories()]
  expect(most(kept.map((repository) => site.truth().releases(repository).length))).toBeGreaterThan(100)
  expect(most(kept.map((repository) => site.truth().deployments(repository).length))).toBeGreaterThan(100)
}, 300_000)

it('when all of them are removed at once, none is left here', async () => {
  site = await startGithubSimulator({ now: Date.now(), repositories: 1, pullRequests: 0, longLists: 0 })
  const mirror = createMirror({ baseUrl: site.url, token: 'demo-token', releases: true, deployments: true })
  // Far more than may go for being missing from a list that nobody vouches for.
  site.evolve({ releases: 80, deployments: 80 })
  await mirror.sync()
  const stored = () => [releases, deployments].map((entity) => mirror.loader.rows(entity).length)
  for (const count of stored()) expect(count).toBeGreaterThan(50)
  const [repository] = site.truth().repositories()
  if (!repository) throw new Error('the site has no repository')
  site.evolve({
    releaseWithdrawals: site.truth().releases(repository).length,
    deploymentRemovals: site.truth().deployments(repository).length,
  })
  expect(await mirror.sync()).toEqual({ state: 'finished', failures: [] })
  expect(stored()).toEqual([0, 0])
})

it('an old deployment that a new one replaces is found without reading the list to its end', async () => {
  site = await startGithubSimulator({ now: Date.now(), repositories: 40, pullRequests: 0, longLists: 0 })
  const mirror = createMirror({ baseUrl: site.url, token: 'demo-token', deployments: true })
  await mirror.sync()
  const states = () =>
    mirror.loader
      .rows(deployments)
      .map(({ external_id, state }) => `${external_id} ${state}`)
      .toSorted()
  const before = states()
  site.evolve({ deployments: 60 })
  site.forgetRequests()
  await mirror.sync()
  expect(contentOfTables(mirror.loader).deployments).toEqual(contentOfSite(site, { shipping: true }).deployments)
  expect(states().filter((line) => line.endsWith('INACTIVE')).length).toBeGreaterThan(
    before.filter((line) => line.endsWith('INACTIVE')).length,
  )
  const { byRoute } = site.requests()
  const pagesOf = (repository: RepositoryFact): number =>
    Math.max(1, Math.ceil(site.truth().deployments(repository).length / 100))
  const pages = [...site.truth().repositories()].reduce((sum, repository) => sum + pagesOf(repository), 0)
  expect(byRoute['POST Deployments']).toBeLessThan(pages)
  expect(byRoute['POST DeploymentsById']).toBeGreaterThan(0)
})

it('nobody reads them who does not ask for them', async () => {
  site = await startGithubSimulator({ now: Date.now(), repositories: 3, pullRequests: 3, longLists: 0 })
  const mirror = createMirror({ baseUrl: site.url, token: 'demo-token' })
  await mirror.sync()
  expect(Object.keys(site.requests().byRoute).filter((route) => /Releases|Deployments/.test(route))).toEqual([])
  expect(mirror.loader.rows(releases)).toEqual([])
})
