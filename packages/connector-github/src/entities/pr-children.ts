import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { people } from './people.ts'
import { prs } from './prs.ts'
import { repositories } from './repositories.ts'

const text = z.string().nullable()

/** The commits that the pull request has now; a force-push replaces them. GitHub shows 250 at most. */
export const prsCommits = defineEntity({
  name: 'prs_commits',
  key: ['pr_id', 'oid'],
  parent: 'pr_id',
  references: { pr_id: prs, author_id: people },
  indexes: ['oid'],
  columns: z.object({
    pr_id: z.string(),
    oid: z.string(),
    message: text,
    author_id: text,
    author_name: text,
    author_email: text,
    authored: z.date().nullable(),
    committed: z.date().nullable(),
    additions: z.int().nullable(),
    deletions: z.int().nullable(),
  }),
})

export const prsReviews = defineEntity({
  name: 'prs_reviews',
  key: ['pr_id', 'review_id'],
  parent: 'pr_id',
  references: { pr_id: prs, repository_id: repositories, author_id: people },
  columns: z.object({
    pr_id: z.string(),
    review_id: z.string(),
    /** Of the pull request, so that its reviews are found by it; null in rows of an older version. */
    repository_id: text,
    author_id: text,
    author_login: text,
    /** APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING. */
    state: text,
    body: text,
    commit_oid: text,
    submitted: z.date().nullable(),
    updated: z.date().nullable(),
  }),
  // Most reviews are a verdict without a word.
  embed: {
    text: (row) => row.body,
    payload: (row) => ({
      pull_request: row.pr_id,
      repository: row.repository_id,
      state: row.state,
      author: row.author_login,
      ...(row.submitted && { created: row.submitted }),
    }),
  },
})

export const prsReviewThreads = defineEntity({
  name: 'prs_review_threads',
  key: ['pr_id', 'thread_id'],
  parent: 'pr_id',
  references: { pr_id: prs, resolved_by_id: people },
  columns: z.object({
    pr_id: z.string(),
    thread_id: z.string(),
    path: text,
    line: z.int().nullable(),
    is_resolved: z.boolean(),
    is_outdated: z.boolean(),
    resolved_by_id: text,
  }),
})

/** Comments of the conversation, and those of review threads. */
export const prsComments = defineEntity({
  name: 'prs_comments',
  key: ['pr_id', 'comment_id'],
  parent: 'pr_id',
  references: { pr_id: prs, repository_id: repositories, author_id: people },
  indexes: ['thread_id'],
  columns: z.object({
    pr_id: z.string(),
    comment_id: z.string(),
    /** Of the pull request, so that what is said about it is found by it; null in rows of an older version. */
    repository_id: text,
    /** The review thread; null in the conversation. */
    thread_id: text,
    author_id: text,
    author_login: text,
    body: text,
    url: text,
    created: z.date().nullable(),
    updated: z.date().nullable(),
  }),
  // What is said about the code; the conversation is mostly reports of programs and thanks.
  embed: {
    text: (row) => (row.thread_id === null ? null : row.body),
    payload: (row) => ({
      pull_request: row.pr_id,
      repository: row.repository_id,
      thread: row.thread_id,
      url: row.url,
      author: row.author_login,
      ...(row.created && { created: row.created }),
    }),
  },
})

export const prsLabels = defineEntity({
  name: 'prs_labels',
  key: ['pr_id', 'label_id'],
  parent: 'pr_id',
  references: { pr_id: prs },
  indexes: ['name'],
  columns: z.object({ pr_id: z.string(), label_id: z.string(), name: z.string(), color: text }),
})

export const prsAssignees = defineEntity({
  name: 'prs_assignees',
  key: ['pr_id', 'login'],
  parent: 'pr_id',
  references: { pr_id: prs, person_id: people },
  columns: z.object({ pr_id: z.string(), login: z.string(), person_id: z.string() }),
})

/** Whose review is asked for and not given yet: people, bots and teams. */
export const prsReviewers = defineEntity({
  name: 'prs_reviewers',
  key: ['pr_id', 'reviewer_id'],
  parent: 'pr_id',
  references: { pr_id: prs },
  columns: z.object({ pr_id: z.string(), reviewer_id: z.string(), type: z.string(), name: text }),
})

/** Keys of work items that a pull request names. What they mean, a tracker's list of keys says, whichever was loaded first. */
export const prsWorkItemKeys = defineEntity({
  name: 'prs_work_item_keys',
  key: ['pr_id', 'key', 'source'],
  parent: 'pr_id',
  references: { pr_id: prs },
  indexes: ['key'],
  resolves: [
    { view: 'prs_work_items', name: 'key', in: 'work_item_keys', by: 'key', means: 'work_item_id', of: 'work_items' },
  ],
  columns: z.object({
    pr_id: z.string(),
    key: z.string(),
    /** Where it was found: title, branch, body or commit. */
    source: z.string(),
  }),
})
