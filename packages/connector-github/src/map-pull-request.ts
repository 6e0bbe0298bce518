import type { Change } from '@millrace/core'
import type { PullRequestItem } from './api/pull-requests.graphql.ts'
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
import { pullRequestMetrics } from './pull-request-metrics.ts'
import { workItemKeys } from './work-item-keys.ts'

type Comment = PullRequestItem['comments']['nodes'][number]
type Somebody = { readonly id: string | null; readonly login: string; readonly __typename: string | null }

/** A pull request with its complete lists. */
export function* mapPullRequest(repositoryId: string, pull: PullRequestItem): Iterable<Change> {
  const pr_id = pull.id
  const commits = pull.commits.nodes.map(({ commit }) => commit)
  const reviews = pull.reviews.nodes
  const threads = pull.reviewThreads.nodes
  const replies = threads.flatMap((thread) =>
    thread.comments.nodes.map((comment) => ({ comment, thread_id: thread.id })),
  )
  const talk = pull.comments.nodes.map((comment) => ({ comment, thread_id: null }))
  yield prs.upsert({
    id: pull.id,
    database_id: pull.fullDatabaseId,
    repository_id: repositoryId,
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    is_draft: pull.isDraft ?? false,
    url: pull.url,
    author_id: pull.author?.id ?? null,
    author_login: pull.author?.login ?? null,
    author_type: pull.author?.__typename ?? null,
    merged_by_id: pull.mergedBy?.id ?? null,
    source_branch: pull.headRefName,
    destination_branch: pull.baseRefName,
    head_commit: pull.headRefOid,
    merge_commit: pull.mergeCommit?.oid ?? null,
    review_decision: pull.reviewDecision,
    created: pull.createdAt,
    updated: pull.updatedAt,
    closed: pull.closedAt,
    merged: pull.mergedAt,
    additions: pull.additions,
    deletions: pull.deletions,
    changed_files: pull.changedFiles,
    comment_count: talk.length + replies.length,
    ...pullRequestMetrics({
      author: pull.author?.login ?? null,
      created: pull.createdAt,
      closed: pull.closedAt,
      merged: pull.mergedAt,
      commits: commits.map(({ authoredDate, committedDate }) => ({ authored: authoredDate, committed: committedDate })),
      reviews: reviews.map(({ author, state, submittedAt }) => ({
        author: author?.login ?? null,
        state,
        submitted: submittedAt,
      })),
    }),
  })
  yield prsCommits.replace(
    pr_id,
    commits.map((commit) => ({
      pr_id,
      oid: commit.oid,
      message: commit.message,
      author_id: commit.author?.user?.id ?? null,
      author_name: commit.author?.name ?? null,
      author_email: commit.author?.email ?? null,
      authored: commit.authoredDate,
      committed: commit.committedDate,
      additions: commit.additions,
      deletions: commit.deletions,
    })),
  )
  yield prsReviews.replace(
    pr_id,
    reviews.map((review) => ({
      pr_id,
      review_id: review.id,
      repository_id: repositoryId,
      author_id: review.author?.id ?? null,
      author_login: review.author?.login ?? null,
      state: review.state,
      body: review.body,
      commit_oid: review.commit?.oid ?? null,
      submitted: review.submittedAt,
      updated: review.updatedAt,
    })),
  )
  yield prsReviewThreads.replace(
    pr_id,
    threads.map((thread) => ({
      pr_id,
      thread_id: thread.id,
      path: thread.path,
      line: thread.line,
      is_resolved: thread.isResolved ?? false,
      is_outdated: thread.isOutdated ?? false,
      resolved_by_id: thread.resolvedBy?.id ?? null,
    })),
  )
  yield prsComments.replace(
    pr_id,
    [...talk, ...replies].map(({ comment, thread_id }) => ({
      ...{ pr_id, thread_id, repository_id: repositoryId },
      ...mapComment(comment),
    })),
  )
  yield prsLabels.replace(
    pr_id,
    pull.labels.nodes.map(({ id, name, color }) => ({ pr_id, label_id: id, name, color })),
  )
  yield prsAssignees.replace(
    pr_id,
    pull.assignees.nodes.map(({ id, login }) => ({ pr_id, login, person_id: id })),
  )
  const reviewers = pull.reviewRequests.nodes.flatMap(({ requestedReviewer }) => requestedReviewer ?? [])
  yield prsReviewers.replace(
    pr_id,
    reviewers.map(({ id, __typename, login, name, slug }) => ({
      pr_id,
      reviewer_id: id,
      type: __typename,
      name: login ?? name ?? slug,
    })),
  )
  const keys = workItemKeys({
    title: pull.title,
    branch: pull.headRefName,
    body: pull.body,
    commits: commits.map(({ message }) => message),
  })
  yield prsWorkItemKeys.replace(
    pr_id,
    keys.map((found) => ({ pr_id, ...found })),
  )
  yield* mapPeople([
    pull.author,
    pull.mergedBy,
    ...commits.map(({ author }) => author?.user ?? null),
    ...reviews.map(({ author }) => author),
    ...threads.map(({ resolvedBy }) => resolvedBy),
    ...[...talk, ...replies].map(({ comment }) => comment.author),
    ...pull.assignees.nodes,
    ...reviewers.flatMap(({ login, id, __typename }) => (login === null ? [] : [{ login, id, __typename }])),
  ])
}

function mapComment({ id, author, body, url, createdAt, updatedAt }: Comment) {
  return {
    comment_id: id,
    author_id: author?.id ?? null,
    author_login: author?.login ?? null,
    body,
    url,
    created: createdAt,
    updated: updatedAt,
  }
}

function* mapPeople(somebodies: readonly (Somebody | null)[]): Iterable<Change> {
  const rows = new Map<string, Change>()
  for (const somebody of somebodies) {
    if (!somebody?.id || rows.has(somebody.id)) continue
    const { id, login, __typename } = somebody
    rows.set(id, people.upsert({ id, login, type: __typename ?? 'User' }))
  }
  yield* rows.values()
}
