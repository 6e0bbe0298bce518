import type { Fate } from '@millrace/core/testing'
import { runStep } from '@millrace/core/testing'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, expect, it } from 'vitest'
import { github } from '../../packages/connector-github/src/index.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

let site: GithubSimulator
afterEach(() => site?.close())

/** Requests that were sent for pull requests which are read on their own. */
function requestsForLong(): number {
  const ofLong = Object.entries(site.requests().byRoute).filter(([route]) => /^POST (PullRequest|More\w+)$/.test(route))
  return ofLong.reduce((sum, [, count]) => sum + count, 0)
}

it('a process that dies in the middle of a long pull request costs what it had in hand, and not the pull request', async () => {
  // Every list of the pull request, and the comments of every thread, are far longer than a page.
  site = await startGithubSimulator({ now: Date.now(), repositories: 1, pullRequests: 1, longLists: 1 })
  const settings = { baseUrl: site.url, token: 'demo-token' }
  const truth = contentOfSite(site)
  let commits = 0
  const fateOfCommit = (fateOf: (commit: number) => Fate) => {
    commits = 0
    return (call: string): Fate => (call === 'ledger.commit' ? fateOf(++commits) : 'go')
  }
  await createMirror(settings).sync(fateOfCommit(() => 'go'))
  const undisturbed = requestsForLong()
  expect(undisturbed).toBeGreaterThan(10)
  const places = [0.5, 0.8].map((share) => Math.floor(commits * share))
  for (const place of places) {
    site.forgetRequests()
    const mirror = createMirror(settings)
    const decide = fateOfCommit((commit) => (commit === place ? 'crash-before' : 'go'))
    expect(await mirror.sync(decide)).toEqual({ state: 'finished', failures: [] })
    expect(contentOfTables(mirror.loader)).toEqual(truth)
    // The page that was not stored, the one that was ready to be, and the one that was asked for.
    expect(requestsForLong(), `a crash at commit ${place}`).toBeLessThanOrEqual(undisturbed + 3)
  }
}, 300_000)

it('what went while it was read is no pull request', async () => {
  site = await startGithubSimulator({ now: Date.now(), repositories: 1, pullRequests: 1, longLists: 1 })
  const [repository] = site.truth().repositories()
  const [pull] = site.truth().pullRequests()
  const unit = { repository_id: repository?.id, current_pr_node_id: pull?.id }
  const config = { baseUrl: site.url, token: 'demo-token' }
  let answers = 0
  const fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    answers += 1
    if (answers === 3) site.evolve({ deletions: 1 })
    return globalThis.fetch(url, init)
  }
  const { pages, changes } = await runStep(github, 'github_prs_commits', { config, unit, fetch })
  expect(pages.at(-1)?.bodies).toEqual([{ gone: true }])
  expect(changes).toEqual([])
})

it.each([
  ['github_prs', { phase: 'created', last_pr_cursor: 'c', head: null, page_size: 5 }, { pullRequests: [] }],
  [
    'github_prs_reviews',
    { current_pr_node_id: 'PR_1', last_review_cursor: 'c', threads: [], page_size: 5 },
    { reviews: [] },
  ],
])('%s goes on with the size of pages that the service could bear', async (step, from, lists) => {
  const sizes: unknown[] = []
  const pageInfo = { hasNextPage: false, endCursor: null }
  const node = {
    id: 'N',
    ...Object.fromEntries(Object.entries(lists).map(([list, nodes]) => [list, { pageInfo, nodes }])),
  }
  const fetch = async (_url: string | URL, init?: RequestInit): Promise<Response> => {
    sizes.push(JSON.parse(String(init?.body)).variables.first)
    return Response.json({ data: { node, rateLimit: null } })
  }
  const repository = {
    repository_id: 'R_1',
    name_with_owner: 'acme/core',
    latest_update: '2026-01-01T00:00:00Z',
    open: 0,
  }
  const unit = step === 'github_prs' ? repository : { repository_id: 'R_1', current_pr_node_id: 'PR_1' }
  const read = runStep(github, step, { config: { token: 'token' }, unit, from, fetch })
  // The record begins before the place where this read does, so there is nothing to transform.
  await read.catch((error) => expect(error).toMatchObject({ name: 'ZodError' }))
  expect(sizes).toEqual([5])
})
