import { memoryLoader, runToEnd } from '@millrace/core'
import { type GithubSimulator, startGithubSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { github, prs } from '../../packages/connector-github/src/index.ts'
import { contentOfSite, contentOfTables } from './compare-with-truth.ts'

let site: GithubSimulator
afterEach(() => site?.close())

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
    site = await startGithubSimulator({ pullRequests: 400, longLists: 0.1 })
    const loader = memoryLoader()
    const summary = await runToEnd({ connector: github, config: settings(), loader })
    expect(summary).toMatchObject({ state: 'finished', failures: [] })
    expect(contentOfTables(loader)).toEqual(contentOfSite(site))
    const { byRoute } = site.requests()
    expect(Object.keys(byRoute)).toEqual(
      expect.arrayContaining(['POST MoreReviews', 'POST MoreComments', 'POST MoreReplies']),
    )
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
