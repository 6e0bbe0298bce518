import type { DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import type { ListName, PullRequestEnds } from '../api/pull-request-api.ts'
import type { GithubConfig } from '../github-options.ts'
import { mapPullRequest } from '../map-pull-request.ts'
import { GONE, partBody, pullRequestOf } from '../pull-request-record.ts'
import { pullRequestCursor, readPullRequest } from '../read-pull-request.ts'

const unit = z.object({ repository_id: z.string(), current_pr_node_id: z.string() })

export type LongPullRequest = z.input<typeof unit>

const NAMES = {
  github_prs_commits: 'Pull Requests with Many Commits',
  github_prs_reviews: 'Pull Requests with Many Reviews',
  github_prs_comments: 'Pull Requests with Many Comments',
  github_prs_review_threads: 'Pull Requests with Many Review Threads',
} as const

export type LongStepName = keyof typeof NAMES

/**
 * Pull requests with a list that goes on beyond its page, named after that list. Each is read whole, page by page, all lists
 * to their ends, into one raw record: so its rows and metrics are those of the complete pull request, or are not touched.
 */
export function longPullRequestsStep<Name extends LongStepName>(
  step: DefineStep<GithubConfig>,
  name: Name,
): Step<Name, LongPullRequest> {
  return step({
    name,
    displayName: NAMES[name],
    unit,
    unitKey: ({ current_pr_node_id }) => current_pr_node_id,
    cursor: pullRequestCursor,
    body: partBody,
    record: 'unit',
    units: () => [],
    async *extract({ unit: { current_pr_node_id }, from }, ctx) {
      for await (const { bytes, next } of readPullRequest(ctx, current_pr_node_id, from)) {
        yield { body: bytes ?? GONE, next }
      }
    },
    *transform({ unit: { repository_id }, bodies }) {
      const pull = pullRequestOf(bodies)
      if (pull) yield* mapPullRequest(repository_id, pull)
    },
  })
}

/** The step that reads a pull request whole; undefined when its page has all of it. */
export function stepFor(pull: PullRequestEnds): LongStepName | undefined {
  const goesOn = (list: ListName): boolean => pull[list].pageInfo.hasNextPage
  if (goesOn('commits')) return 'github_prs_commits'
  if (goesOn('reviews')) return 'github_prs_reviews'
  if (pull.reviewThreads.nodes.some((thread) => thread?.comments.pageInfo.hasNextPage) || goesOn('reviewThreads')) {
    return 'github_prs_review_threads'
  }
  return (['comments', 'labels', 'assignees', 'reviewRequests'] as const).some(goesOn)
    ? 'github_prs_comments'
    : undefined
}
