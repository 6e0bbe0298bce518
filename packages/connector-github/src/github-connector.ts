import { defineConnector } from '@millrace/core'
import { checkAccount } from './check-account.ts'
import { deployments } from './entities/deployments.ts'
import { people } from './entities/people.ts'
import {
  prsAssignees,
  prsComments,
  prsCommits,
  prsLabels,
  prsReviewers,
  prsReviews,
  prsReviewThreads,
  prsWorkItemKeys,
} from './entities/pr-children.ts'
import { prs } from './entities/prs.ts'
import { releases } from './entities/releases.ts'
import { repositories } from './entities/repositories.ts'
import { githubOptions } from './github-options.ts'
import { deploymentsStep } from './steps/deployments.ts'
import { longPullRequestsStep } from './steps/long-pull-requests.ts'
import { pullRequestsStep } from './steps/pull-requests.ts'
import { releasesStep } from './steps/releases.ts'
import { repositoriesStep } from './steps/repositories.ts'
import { OVERLAP_MS } from './wanted-repositories.ts'

/** GitHub: repositories, and pull requests with commits, reviews, threads, comments, people and metrics; releases and deployments when asked for. */
export const github = defineConnector({
  name: 'github',
  version: '0.1.0',
  entities: [
    repositories,
    people,
    prs,
    prsCommits,
    prsReviews,
    prsReviewThreads,
    prsComments,
    prsLabels,
    prsAssignees,
    prsReviewers,
    prsWorkItemKeys,
    releases,
    deployments,
  ],
  config: githubOptions,
  steps: (step) => {
    const long = {
      github_prs_commits: longPullRequestsStep(step, 'github_prs_commits'),
      github_prs_reviews: longPullRequestsStep(step, 'github_prs_reviews'),
      github_prs_comments: longPullRequestsStep(step, 'github_prs_comments'),
      github_prs_review_threads: longPullRequestsStep(step, 'github_prs_review_threads'),
    }
    const found = repositoriesStep(step)
    return [
      found,
      pullRequestsStep(step, found, long),
      ...Object.values(long),
      releasesStep(step, found),
      deploymentsStep(step, found),
    ]
  },
  check: checkAccount,
  overlapMs: OVERLAP_MS,
})
