import type { AnyEntity, MemoryLoader, StoredRow } from '@millrace/core'
import { entityId } from '@millrace/core'
import type { GithubPullRequestFact, GithubSimulator, RepositoryFact } from '@millrace-examples/simulators'

import {
  deployments,
  people,
  prs,
  prsAssignees,
  prsComments,
  prsCommits,
  prsLabels,
  prsReviewers,
  prsReviews,
  prsReviewThreads,
  prsWorkItemKeys,
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
    const pulls = [...site.truth().pullRequests(repository)]
    addRepository(repository, pulls, add)
    for (const pull of pulls) addPullRequest(repository, pull, add)
    if (shipping) addShipping(site, repository, add)
  }
  return sorted(lines)
}

type Add = (table: string, ...values: unknown[]) => void

function addRepository(repository: RepositoryFact, pulls: readonly GithubPullRequestFact[], add: Add): void {
  const { id, owner, name, description, isArchived, isFork, isPrivate, language } = repository
  const { createdAt, updatedAt, pushedAt } = repository
  const fullName = `${owner}/${name}`
  const latest = pulls.length === 0 ? null : Math.max(...pulls.map((pull) => pull.updatedAt))
  const open = pulls.filter(({ state }) => state === 'OPEN').length
  add(
    'repositories',
    ...[id, name, fullName, owner, description, `https://github.com/${fullName}`, isArchived, isFork, isPrivate],
    ...['main', language, createdAt, updatedAt, pushedAt, latest, open],
  )
}

function addPullRequest(
  { id: repositoryId, owner, name }: RepositoryFact,
  pull: GithubPullRequestFact,
  add: Add,
): void {
  const { id, author } = pull
  const url = `https://github.com/${owner}/${name}/pull/${pull.number}`
  const commits = pull.commits.slice(-MOST_COMMITS)
  const wantsChanges = pull.reviews.some(({ state }) => state === 'CHANGES_REQUESTED')
  add(
    'prs',
    ...[id, pull.fullDatabaseId, repositoryId, pull.number, pull.title, pull.body, pull.state, pull.isDraft, url],
    ...[author?.id ?? null, author?.login ?? null, author?.type ?? null, pull.mergedBy?.id ?? null],
    ...[pull.headRefName, pull.baseRefName, commits.at(-1)?.oid ?? null, pull.mergeCommitOid],
    wantsChanges ? 'CHANGES_REQUESTED' : null,
    ...[pull.createdAt, pull.updatedAt, pull.closedAt, pull.mergedAt],
  )
  add('metrics', id, ...expectedMetrics(pull, commits))
  for (const commit of commits) {
    const { oid, message, authorName, authorEmail, authoredAt, committedAt, additions, deletions } = commit
    add('commits', id, oid, message, commit.author?.id ?? null, authorName, authorEmail)
    add('changes of commits', id, oid, authoredAt, committedAt, additions, deletions)
  }
  for (const review of pull.reviews) {
    const { state, body, commitOid, at, updatedAt } = review
    const by = [review.author?.id ?? null, review.author?.login ?? null]
    add('reviews', id, repositoryId, review.id, ...by, state, body, commitOid, at, updatedAt)
  }
  const addComment = (threadId: string | null, comment: (typeof pull.comments)[number]): void => {
    const by = [comment.author?.id ?? null, comment.author?.login ?? null]
    const said = [comment.body, `${url}#${comment.id}`, comment.at, comment.updatedAt]
    add('comments', id, repositoryId, threadId, comment.id, ...by, ...said)
  }
  for (const comment of pull.comments) addComment(null, comment)
  for (const thread of pull.threads) {
    const { path, line, isOutdated, resolvedBy } = thread
    add('threads', id, thread.id, path, line, resolvedBy !== null, isOutdated, resolvedBy?.id ?? null)
    for (const comment of thread.comments) addComment(thread.id, comment)
  }
  for (const label of pull.labels) add('labels', id, label.id, label.name, label.color)
  for (const person of pull.assignees) add('assignees', id, person.login, person.id)
  for (const reviewer of pull.reviewers) {
    add('reviewers', id, reviewer.id, reviewer.type, 'login' in reviewer ? reviewer.login : reviewer.name)
  }
  for (const [source, key] of expectedKeys(pull, commits)) add('keys', id, source, key)
}

/** What looks like the key of a work item, in any case where branches are named. */
function expectedKeys(
  { title, body, headRefName }: GithubPullRequestFact,
  commits: GithubPullRequestFact['commits'],
): readonly (readonly [source: string, key: string])[] {
  const found = new Map<string, readonly [string, string]>()
  const look = (source: string, text: string): void => {
    for (const [key = '', project = ''] of text.matchAll(/(\w+)-\d+(?!\w)/g)) {
      const fits = /^[A-Z][A-Z0-9]+$/.test(source === 'branch' ? project.toUpperCase() : project)
      if (fits) found.set(`${source} ${key}`, [source, key.toUpperCase()])
    }
  }
  look('title', title)
  look('branch', headRefName)
  look('body', body)
  for (const { message } of commits) look('commit', message)
  return [...found.values()]
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
  [
    'repositories',
    repositories,
    (row) => [
      ...[row.external_id, row.name, row.name_with_owner, row.owner, row.description, row.url],
      ...[row.is_archived, row.is_fork, row.is_private, row.default_branch, row.language],
      ...[time(row.created), time(row.updated), time(row.pushed), time(row.latest_pr_updated), row.open_prs],
    ],
  ],
  [
    'prs',
    prs,
    (row, external) => [
      ...[row.external_id, row.database_id, external(row.repository_id), row.number, row.title, row.body, row.state],
      ...[
        row.is_draft,
        row.url,
        external(row.author_id),
        row.author_login,
        row.author_type,
        external(row.merged_by_id),
      ],
      ...[row.source_branch, row.destination_branch, row.head_commit, row.merge_commit, row.review_decision],
      ...[time(row.created), time(row.updated), time(row.closed), time(row.merged)],
    ],
  ],
  [
    'metrics',
    prs,
    (row) => [
      ...[row.external_id, row.commit_count, row.review_count, row.comment_count],
      ...[time(row.first_commit_at), time(row.first_review_at), row.approvals, row.review_rounds],
      ...[row.time_to_first_review_seconds, row.time_in_review_seconds, row.time_to_merge_seconds],
      ...[row.commits_after_first_review, row.additions, row.deletions, row.changed_files],
    ],
  ],
  [
    'commits',
    prsCommits,
    (row, external) => [
      ...[external(row.pr_id), row.oid, row.message, external(row.author_id), row.author_name, row.author_email],
    ],
  ],
  [
    'changes of commits',
    prsCommits,
    (row, external) => [
      ...[external(row.pr_id), row.oid, time(row.authored), time(row.committed), row.additions, row.deletions],
    ],
  ],
  [
    'reviews',
    prsReviews,
    (row, external) => [
      ...[external(row.pr_id), external(row.repository_id), row.review_id, external(row.author_id), row.author_login],
      ...[row.state, row.body, row.commit_oid, time(row.submitted), time(row.updated)],
    ],
  ],
  [
    'comments',
    prsComments,
    (row, external) => [
      ...[external(row.pr_id), external(row.repository_id), row.thread_id, row.comment_id, external(row.author_id)],
      ...[row.author_login, row.body, row.url, time(row.created), time(row.updated)],
    ],
  ],
  [
    'threads',
    prsReviewThreads,
    (row, external) => [
      ...[external(row.pr_id), row.thread_id, row.path, row.line, row.is_resolved, row.is_outdated],
      external(row.resolved_by_id),
    ],
  ],
  ['labels', prsLabels, (row, external) => [external(row.pr_id), row.label_id, row.name, row.color]],
  ['assignees', prsAssignees, (row, external) => [external(row.pr_id), row.login, external(row.person_id)]],
  ['reviewers', prsReviewers, (row, external) => [external(row.pr_id), row.reviewer_id, row.type, row.name]],
  ['keys', prsWorkItemKeys, (row, external) => [external(row.pr_id), row.source, row.key]],
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

/** What was loaded, in the same form. */
export function contentOfTables(loader: MemoryLoader, integrationId = 1): Content {
  const externals = new Map<unknown, unknown>()
  for (const entity of [repositories, prs, people]) {
    for (const { external_id } of loader.rows(entity)) {
      externals.set(entityId(1, integrationId, entity.name, String(external_id)), external_id)
    }
  }
  const lines = Object.fromEntries(
    TABLES.map(([name, entity, show]) => [
      name,
      loader.rows(entity).map((row) => JSON.stringify(show(row, (uuid) => externals.get(uuid) ?? null))),
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
