import { z } from 'zod'

const count = z.int()
const seconds = z.number().nullable()

/** Computed from the complete lists of a pull request, never from a part of them. */
export const pullRequestMetricColumns = {
  additions: z.int().nullable(),
  deletions: z.int().nullable(),
  changed_files: z.int().nullable(),
  commit_count: count,
  review_count: count,
  /** Comments of the conversation and of review threads. */
  comment_count: count,
  first_commit_at: z.date().nullable(),
  /** First review by somebody else than the author. */
  first_review_at: z.date().nullable(),
  /** How many people's latest verdict is an approval. */
  approvals: count,
  /** A round begins with a review that is the first, or the first after new commits. */
  review_rounds: count,
  time_to_first_review_seconds: seconds,
  /** From the first review to the end, merged or closed; null while it is open. */
  time_in_review_seconds: seconds,
  time_to_merge_seconds: seconds,
  commits_after_first_review: count,
}

const metricsRow = z.object(pullRequestMetricColumns)

export type PullRequestMetrics = z.output<typeof metricsRow>
