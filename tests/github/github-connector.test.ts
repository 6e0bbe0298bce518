import { type AnyEntity, memoryLoader, runToEnd } from '@millrace/core'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { github, prs, repositories } from '../../packages/connector-github/src/index.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'
import { createMirror } from './mirror.ts'

let site: GithubSimulator
afterEach(() => site?.close())

const MINUTE = 60_000
const settings = () => ({ baseUrl: site.url, token: 'demo-token' })

describe('the connector', () => {
  it('has the steps of the status document, in their order', () => {
    expect(github.steps.map(({ name }) => name)).toEqual([
      'github_repositories',
      'github_prs',
      'github_prs_commits',
      'github_prs_reviews',
      'github_prs_comments',
      'github_prs_review_threads',
      'github_releases',
      'github_deployments',
    ])
  })

  it('loads a whole organization: nothing is cut, however long a list is', async () => {
    site = await startGithubSimulator({ pullRequests: 150, longLists: 0.1 })
    const loader = memoryLoader()
    const summary = await runToEnd({ connector: github, config: settings(), loader })
    expect(summary).toMatchObject({ state: 'finished', failures: [] })
    expect(contentOfTables(loader)).toEqual(contentOfSite(site))
    // What others cut is there: a hundred commits, a hundred reviews, thirty comments, ten reviewers.
    const pulls = [...site.truth().pullRequests()]
    const most = (count: (pull: (typeof pulls)[number]) => number): number => Math.max(...pulls.map(count))
    expect(most(({ commits }) => commits.length)).toBeGreaterThan(100)
    expect(most(({ reviews }) => reviews.length)).toBeGreaterThan(100)
    expect(most(({ comments }) => comments.length)).toBeGreaterThan(100)
    expect(most(({ threads }) => Math.max(0, ...threads.map(({ comments }) => comments.length)))).toBeGreaterThan(50)
    expect(most(({ reviewers }) => reviewers.length)).toBeGreaterThan(10)
    const { byRoute } = site.requests()
    expect(Object.keys(byRoute)).toEqual(
      expect.arrayContaining(['POST MoreReviews', 'POST MoreComments', 'POST MoreReplies']),
    )
  })

  it('knows a repository that is renamed or transferred by the id it had, and its pull requests stay where they are', async () => {
    site = await startGithubSimulator({ now: Date.now(), repositories: 8, pullRequests: 40, longLists: 0 })
    const mirror = createMirror(settings())
    await mirror.sync()
    const idsOf = (entity: AnyEntity) =>
      mirror.loader
        .rows(entity)
        .map(({ id }) => id)
        .toSorted()
    const before = [repositories, prs].map(idsOf)
    const { renamed } = site.evolve({ renames: 3, transfers: 3, advanceMs: MINUTE })
    expect(await mirror.sync()).toEqual({ state: 'finished', failures: [] })
    expect([repositories, prs].map(idsOf)).toEqual(before)
    expect(contentOfTables(mirror.loader)).toEqual(contentOfSite(site))
    const names = mirror.loader.rows(repositories).map((row) => row.name_with_owner)
    expect(names).toContain(renamed.at(-1)?.to)
    expect(names).not.toContain(renamed.at(-1)?.from)
  })

  it('goes on with a repository that the settings call by a name which it no longer has', async () => {
    site = await startGithubSimulator({ now: Date.now(), repositories: 1, pullRequests: 12, longLists: 0 })
    const [first] = [...site.truth().repositories()]
    const former = { ...settings(), repositories: [`${first?.owner}/${first?.name}`] }
    const mirror = createMirror(former)
    await mirror.sync()
    site.evolve({ renames: 1, edits: 10, additions: 3, advanceMs: MINUTE })
    expect(await mirror.sync()).toEqual({ state: 'finished', failures: [] })
    expect(contentOfTables(mirror.loader)).toEqual(contentOfSite(site))
    const later = createMirror(former)
    expect(await later.sync()).toEqual({ state: 'finished', failures: [] })
    expect(contentOfTables(later.loader)).toEqual(contentOfSite(site))
    const excluded = createMirror({ ...former, exclude: ['*/*-v1'] })
    await excluded.sync()
    expect(excluded.loader.rows(repositories)).toEqual([])
  })

  it('loses only the pull request that is broken', async () => {
    site = await startGithubSimulator({ pullRequests: 30, repositories: 1, longLists: 0 })
    site.faults.add({ kind: 'missing-id', operation: 'PullRequests', position: 7 })
    const loader = memoryLoader()
    const summary = await runToEnd({ connector: github, config: settings(), loader })
    expect(summary.state).toBe('failed')
    expect(summary.failures).toEqual([expect.objectContaining({ step: 'github_prs' })])
    expect(loader.rows(prs)).toHaveLength(29)
  })

  it('stops at once when the token is refused, and says what to do', async () => {
    site = await startGithubSimulator({ pullRequests: 10 })
    const config = { ...settings(), token: 'wr0ng-s3cret' }
    const summary = await runToEnd({ connector: github, config, loader: memoryLoader() })
    expect(summary.state).toBe('failed')
    expect(JSON.stringify(summary.failures)).toContain('Create a token that may read the repositories')
    expect(JSON.stringify(summary)).not.toContain('wr0ng-s3cret')
  })
})
