import type { DeploymentFact, PullRequestFact, ReleaseFact, RepositoryFact } from './world/facts.ts'
import type { World } from './world/world.ts'

/** What the site holds now, as plain facts, streamed; nothing goes through the API. */
export interface GithubTruth {
  readonly repositories: () => Iterable<RepositoryFact>
  readonly pullRequests: (repository?: RepositoryFact) => Iterable<PullRequestFact>
  readonly releases: (repository: RepositoryFact) => readonly ReleaseFact[]
  readonly deployments: (repository: RepositoryFact) => readonly DeploymentFact[]
}

export interface GithubCounts {
  readonly repositories: number
  readonly pullRequests: number
  readonly commits: number
  readonly reviews: number
  readonly comments: number
  readonly threads: number
}

export const createGithubTruth = (world: World): GithubTruth => {
  function* repositories(): Iterable<RepositoryFact> {
    for (let index = 0; index < world.repositories(); index += 1) {
      const found = world.repository(index)
      if (found) yield found
    }
  }
  return {
    repositories,
    releases: world.shipping.releases,
    deployments: world.shipping.deployments,
    *pullRequests(only) {
      for (const { index } of only ? [only] : repositories()) {
        for (let number = 1; number <= world.pullRequests(index); number += 1) yield world.pullRequest(index, number)
      }
    },
  }
}

export const countGithubTruth = (truth: GithubTruth): GithubCounts => {
  const counts = { repositories: 0, pullRequests: 0, commits: 0, reviews: 0, comments: 0, threads: 0 }
  for (const _ of truth.repositories()) counts.repositories += 1
  for (const pull of truth.pullRequests()) {
    counts.pullRequests += 1
    counts.commits += pull.commits.length
    counts.reviews += pull.reviews.length
    counts.comments += pull.comments.length
    counts.threads += pull.threads.length
  }
  return counts
}
