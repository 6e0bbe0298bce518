import type { AnyEntity, MemoryLoader, StoredRow } from '@millrace/core'
import { entityId } from '@millrace/core'
import type { GithubPullRequestFact, GithubSimulator } from '@millrace-examples/simulators'
import {
  prs,
  prsAssignees,
  prsComments,
  prsCommits,
  prsLabels,
  prsReviewers,
  prsReviews,
  prsReviewThreads,
  repositories,
} from '../../packages/connector-github/src/index.ts'

/** GitHub shows no more. */
const MOST_COMMITS = 250

export type Content = { readonly [table: string]: readonly string[] }

/** What the site holds, as sorted lines, table by table. */
export function contentOfSite(site: GithubSimulator): Content {
  const lines: Record<string, string[]> = Object.fromEntries(TABLES.map(([name]) => [name, []]))
  const add = (table: string, ...values: unknown[]): void => {
    lines[table]?.push(JSON.stringify(values))
  }
  for (const repository of site.truth().repositories()) {
    add('repositories', repository.id, `${repository.owner}/${repository.name}`, repository.isArchived)
    for (const pull of site.truth().pullRequests(repository)) addPullRequest(repository.id, pull, add)
  }
  return sorted(lines)
}

function addPullRequest(
  repositoryId: string,
  pull: GithubPullRequestFact,
  add: (table: string, ...values: unknown[]) => void,
): void {
  const { id } = pull
  add(
    'prs',
    id,
    repositoryId,
    pull.number,
    pull.title,
    pull.body,
    pull.state,
    pull.updatedAt,
    pull.mergedAt,
    pull.fullDatabaseId,
    pull.author?.login ?? null,
  )
  for (const commit of pull.commits.slice(-MOST_COMMITS)) add('commits', id, commit.oid, commit.message)
  for (const review of pull.reviews)
    add('reviews', id, repositoryId, review.id, review.state, review.body, review.author?.login ?? null)
  for (const comment of pull.comments) add('comments', id, repositoryId, null, comment.id, comment.body)
  for (const thread of pull.threads) {
    add('threads', id, thread.id, thread.resolvedBy !== null)
    for (const comment of thread.comments) add('comments', id, repositoryId, thread.id, comment.id, comment.body)
  }
  for (const label of pull.labels) add('labels', id, label.name)
  for (const person of pull.assignees) add('assignees', id, person.login)
  for (const reviewer of pull.reviewers) add('reviewers', id, reviewer.id)
}

type Show = (row: StoredRow, external: (uuid: unknown) => unknown) => readonly unknown[]

/** The tables, and how a row is shown in the same way as what the site holds. */
const TABLES: readonly (readonly [string, AnyEntity, Show])[] = [
  ['repositories', repositories, (row) => [row.external_id, row.name_with_owner, row.is_archived]],
  [
    'prs',
    prs,
    (row, external) => [
      row.external_id,
      external(row.repository_id),
      row.number,
      row.title,
      row.body,
      row.state,
      time(row.updated),
      time(row.merged),
      row.database_id,
      row.author_login,
    ],
  ],
  ['commits', prsCommits, (row, external) => [external(row.pr_id), row.oid, row.message]],
  [
    'reviews',
    prsReviews,
    (row, external) => [
      ...[external(row.pr_id), external(row.repository_id), row.review_id],
      ...[row.state, row.body, row.author_login],
    ],
  ],
  [
    'comments',
    prsComments,
    (row, external) => [
      ...[external(row.pr_id), external(row.repository_id)],
      ...[row.thread_id, row.comment_id, row.body],
    ],
  ],
  ['threads', prsReviewThreads, (row, external) => [external(row.pr_id), row.thread_id, row.is_resolved]],
  ['labels', prsLabels, (row, external) => [external(row.pr_id), row.name]],
  ['assignees', prsAssignees, (row, external) => [external(row.pr_id), row.login]],
  ['reviewers', prsReviewers, (row, external) => [external(row.pr_id), row.reviewer_id]],
]

/** What was loaded, in the same form. Children of rows that are gone are out of sight with them. */
export function contentOfTables(loader: MemoryLoader, integrationId = 1): Content {
  const externals = new Map<unknown, unknown>()
  for (const entity of [repositories, prs]) {
    for (const { external_id } of loader.rows(entity)) {
      externals.set(entityId(1, integrationId, entity.name, String(external_id)), external_id)
    }
  }
  const lines = Object.fromEntries(
    TABLES.map(([name, entity, show]) => [
      name,
      loader
        .rows(entity)
        .filter((row) => !('pr_id' in row) || externals.has(row.pr_id))
        .map((row) => JSON.stringify(show(row, (uuid) => externals.get(uuid)))),
    ]),
  )
  return sorted(lines)
}

function sorted(lines: { readonly [table: string]: readonly string[] }): Content {
  return Object.fromEntries(Object.entries(lines).map(([table, rows]) => [table, rows.toSorted()]))
}

function time(value: unknown): number | null {
  return value instanceof Date ? value.getTime() : null
}
