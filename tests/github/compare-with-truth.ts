import type { AnyEntity, MemoryLoader, StoredRow } from '@millrace/core'
import { entityId } from '@millrace/core'
import type { GithubPullRequestFact, GithubSimulator, RepositoryFact } from '@millrace-examples/simulators'

import {
  deployments,
  prs,
  prsAssignees,
  prsComments,
  prsCommits,
  prsLabels,
  prsReviewers,
  prsReviews,
  prsReviewThreads,
  releases,
  repositories,
} from '../../packages/connector-github/src/index.ts'

import { expectedMetrics } from './expected-metrics.ts'

/** GitHub shows no more. */
const MOST_COMMITS = 250

export type Content = { readonly [table: string]: readonly string[] }

/** What the site holds, as sorted lines, table by table; releases and deployments only where they are asked for. */
export function contentOfSite(site: GithubSimulator, { shipping = false } = {}): Content {
  const lines: Record<string, string[]> = Object.fromEntries(TABLES.map(([name]) => [name, []]))
  const add: Add = (table, ...values) => {
    lines[table]?.push(JSON.stringify(values))
  }
  for (const repository of site.truth().repositories()) {
    add('repositories', repository.id, `${repository.owner}/${repository.name}`, repository.isArchived)
    for (const pull of site.truth().pullRequests(repository)) addPullRequest(repository.id, pull, add)
    if (shipping) addShipping(site, repository, add)
  }
  return sorted(lines)
}

type Add = (table: string, ...values: unknown[]) => void

function addPullRequest(repositoryId: string, pull: GithubPullRequestFact, add: Add): void {
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
  add('metrics', id, ...expectedMetrics(pull, pull.commits.slice(-MOST_COMMITS)))
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

function addShipping(site: GithubSimulator, repository: RepositoryFact, add: Add): void {
  const { id } = repository
  const releases = site.truth().releases(repository)
  const latest = releases.findLast(({ isDraft, isPrerelease }) => !isDraft && !isPrerelease)
  for (const release of releases) {
    const { tagName, description, author, commitOid, publishedAt } = release
    add(
      'releases',
      id,
      release.id,
      tagName,
      description,
      author?.login ?? null,
      commitOid,
      publishedAt,
      release === latest,
    )
  }
  for (const { id: deployment, environment, state, commitOid, creator, updatedAt } of site
    .truth()
    .deployments(repository)) {
    add('deployments', deployment, id, environment, state, commitOid, creator.login, updatedAt)
  }
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
  [
    'metrics',
    prs,
    (row) => [
      row.external_id,
      row.commit_count,
      row.review_count,
      row.comment_count,
      time(row.first_commit_at),
      time(row.first_review_at),
      row.approvals,
      row.review_rounds,
      row.time_to_first_review_seconds,
      row.time_in_review_seconds,
      row.time_to_merge_seconds,
      row.commits_after_first_review,
      row.additions,
      row.deletions,
      row.changed_files,
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
  [
    'releases',
    releases,
    (row, external) => [
      external(row.repository_id),
      row.release_id,
      row.tag,
      row.description,
      row.author_login,
      row.commit_oid,
      time(row.published),
      row.is_latest,
    ],
  ],
  [
    'deployments',
    deployments,
    (row, external) => [
      row.external_id,
      external(row.repository_id),
      row.environment,
      row.state,
      row.commit_oid,
      row.creator_login,
      time(row.updated),
    ],
  ],
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
        .filter((row) => entity.parent !== 'repository_id' || externals.has(row.repository_id))
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
