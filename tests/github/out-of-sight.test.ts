import { runStep } from '@millrace/core/testing'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github, prs, repositories } from '../../packages/connector-github/src/index.ts'
import { passingTime } from '../passing-time.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror, type Mirror } from './mirror.ts'

let site: GithubSimulator
afterEach(() => site?.close())

const TWENTY_MINUTES = 1_200_000
const FINISHED = { state: 'finished', failures: [] }

/** A mirror by the site's time. */
async function startMirror(
  options: { readonly repositories: number; readonly pullRequests: number },
  beforeRequest: (request: string) => void = () => undefined,
): Promise<Mirror> {
  site = await startGithubSimulator({ longLists: 0, ...options })
  const time = passingTime({ now: site.now, advance: (advanceMs) => void site.evolve({ advanceMs }) })
  const fetch: typeof time.fetch = (url, init) => {
    beforeRequest(/query (\w+)/.exec(String(init?.body ?? ''))?.[1] ?? new URL(String(url)).pathname)
    return time.fetch(url, init)
  }
  return createMirror({ baseUrl: site.url, token: 'demo-token' }, { ...time, fetch })
}

function expectSameAsSite({ loader }: Mirror): void {
  expect(contentOfTables(loader)).toEqual(contentOfSite(site))
}

it('what happens between the list of repositories and the reading of them is found by the next run', async () => {
  let happens = false
  const mirror = await startMirror({ repositories: 12, pullRequests: 120 }, (request) => {
    // The repositories are listed, and what is to be read of them is planned.
    if (!happens || request !== '/rate_limit') return
    happens = false
    site.evolve({ edits: 60, additions: 8, advanceMs: TWENTY_MINUTES })
    site.evolve({ advanceMs: TWENTY_MINUTES })
  })
  await mirror.sync()
  site.evolve({ advanceMs: 3 * TWENTY_MINUTES })
  happens = true
  expect(await mirror.sync()).toEqual(FINISHED)
  site.evolve({ advanceMs: 3 * TWENTY_MINUTES })
  expect(await mirror.sync()).toEqual(FINISHED)
  expectSameAsSite(mirror)
})

it('a list of repositories that could not be read leaves nothing unread', async () => {
  const mirror = await startMirror({ repositories: 12, pullRequests: 120 })
  await mirror.sync()
  site.evolve({ edits: 60, additions: 8, advanceMs: TWENTY_MINUTES })
  site.evolve({ advanceMs: TWENTY_MINUTES })
  site.faults.add({ kind: 'status', status: 404, operation: 'ViewerRepositories', times: 10_000 })
  expect(await mirror.sync()).toMatchObject({ state: 'failed' })
  site.faults.clear()
  expect(await mirror.sync()).toEqual(FINISHED)
  expectSameAsSite(mirror)
})

it('a repository that was gone and is back has all that is in it', async () => {
  const mirror = await startMirror({ repositories: 12, pullRequests: 120 })
  await mirror.sync()
  site.evolve({ deletions: 3 })
  expect(await mirror.sync()).toEqual(FINISHED)
  expectSameAsSite(mirror)
  site.evolve({ restorations: 3 })
  expect(await mirror.sync()).toEqual(FINISHED)
  expectSameAsSite(mirror)
  // Once: it is no news any more.
  site.evolve({})
  site.forgetRequests()
  await mirror.sync()
  const open = [...site.truth().repositories()].filter((repository) =>
    [...site.truth().pullRequests(repository)].some(({ state }) => state === 'OPEN'),
  )
  expect(site.requests().byRoute['POST PullRequests'] ?? 0).toBeLessThanOrEqual(open.length)
})

it('when most repositories are out of sight the run says so, removes none, and misses nothing of them', async () => {
  const mirror = await startMirror({ repositories: 12, pullRequests: 120 })
  await mirror.sync()
  const stored = () => [repositories, prs].map((entity) => mirror.loader.rows(entity).length)
  const before = stored()
  site.evolve({ edits: 60 })
  site.evolve({ deletions: 9 })
  const { state, failures } = await mirror.sync()
  expect(state).toBe('failed')
  expect(failures).toEqual([expect.stringContaining('of 12 repositories 9 are out of sight')])
  expect(stored()).toEqual(before)
  site.evolve({ restorations: 9 })
  expect(await mirror.sync()).toEqual(FINISHED)
  expectSameAsSite(mirror)
})

it('whoever says that they are really gone is believed', async () => {
  site = await startGithubSimulator({ repositories: 2, pullRequests: 0 })
  const gone = Array.from({ length: 12 }, (_, index) => ({ external_id: `R_${index}`, seen_since: null }))
  const config = { baseUrl: site.url, token: 'demo-token' }
  const read = { config, rows: { repositories: gone } }
  await expect(runStep(github, 'github_repositories', read)).rejects.toMatchObject({ code: 'CENSUS_REFUSED' })
  const { changes } = await runStep(github, 'github_repositories', { ...read, options: { allowDeletions: true } })
  expect(changes.filter(({ op, entity }) => op === 'delete' && entity === repositories)).toHaveLength(12)
})

it('a repository that is deleted while it is read ends there', async () => {
  let pages = 0
  const mirror = await startMirror({ repositories: 1, pullRequests: 120 }, (request) => {
    if (request === 'PullRequests') pages += 1
    if (request === 'PullRequests' && pages === 2) site.evolve({ deletions: 1, advanceMs: 1_000 })
  })
  expect(await mirror.sync()).toEqual(FINISHED)
  expect(pages).toBe(2)
  expect(await mirror.sync()).toEqual(FINISHED)
  expectSameAsSite(mirror)
})
