import type { PullRequestMetrics } from './entities/pull-request-metric-columns.ts'

export interface MetricCommit {
  readonly authored: Date | null
  readonly committed: Date | null
}

export interface MetricReview {
  readonly author: string | null
  readonly state: string | null
  readonly submitted: Date | null
}

/** What the metrics of a pull request follow from; the lists are complete. */
export interface Measured {
  readonly author: string | null
  readonly created: Date
  readonly closed: Date | null
  readonly merged: Date | null
  readonly commits: readonly MetricCommit[]
  readonly reviews: readonly MetricReview[]
}

export type TimedMetrics = Omit<PullRequestMetrics, 'additions' | 'deletions' | 'changed_files' | 'comment_count'>

/**
 * The metrics of a pull request. The author's own remarks, which GitHub keeps as reviews, and reviews that were not sent
 * yet are no reviews here; a reviewer whose account was deleted is still somebody else.
 */
export function pullRequestMetrics({ author, created, closed, merged, commits, reviews }: Measured): TimedMetrics {
  const given = reviews
    .filter((review) => review.submitted !== null && review.state !== 'PENDING')
    .filter((review) => review.author === null || review.author !== author)
    .map((review) => ({ ...review, at: review.submitted?.getTime() ?? 0 }))
    .toSorted((left, right) => left.at - right.at)
  const pushes = commits
    .flatMap(({ committed }) => (committed ? [committed.getTime()] : []))
    .toSorted((left, right) => left - right)
  const authored = commits.flatMap(({ authored: at, committed }) => at?.getTime() ?? committed?.getTime() ?? [])
  const first = given[0]?.at
  const end = merged ?? closed
  return {
    commit_count: commits.length,
    review_count: given.length,
    first_commit_at: authored.length === 0 ? null : new Date(authored.reduce((left, right) => Math.min(left, right))),
    first_review_at: first === undefined ? null : new Date(first),
    approvals: approvalsOf(given),
    review_rounds: roundsOf(
      given.map(({ at }) => at),
      pushes,
    ),
    time_to_first_review_seconds: first === undefined ? null : secondsBetween(created.getTime(), first),
    time_in_review_seconds: first === undefined || !end ? null : secondsBetween(first, end.getTime()),
    time_to_merge_seconds: merged ? secondsBetween(created.getTime(), merged.getTime()) : null,
    commits_after_first_review: first === undefined ? 0 : pushes.filter((at) => at > first).length,
  }
}

/** A remark does not take a verdict back; a dismissal, or a request for changes, does. */
function approvalsOf(reviews: readonly { readonly author: string | null; readonly state: string | null }[]): number {
  const verdicts = new Map<string, string>()
  let nobodys = 0
  for (const { author, state } of reviews) {
    if (state === null || state === 'COMMENTED') continue
    // Deleted accounts cannot be told apart: each counts for itself.
    if (author === null) nobodys += state === 'APPROVED' ? 1 : 0
    else verdicts.set(author, state)
  }
  return nobodys + [...verdicts.values()].filter((state) => state === 'APPROVED').length
}

function roundsOf(reviews: readonly number[], pushes: readonly number[]): number {
  let rounds = 0
  let seen = -1
  let next = 0
  for (const at of reviews) {
    while (next < pushes.length && (pushes[next] ?? 0) <= at) next += 1
    if (rounds === 0 || next > seen) rounds += 1
    seen = next
  }
  return rounds
}

function secondsBetween(fromMs: number, untilMs: number): number {
  return Math.max(0, (untilMs - fromMs) / 1000)
}
