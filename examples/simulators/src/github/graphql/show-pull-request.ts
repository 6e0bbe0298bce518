import type {
  CommentFact,
  CommitFact,
  Person,
  Placed,
  PullRequestFact,
  RepositoryFact,
  Team,
  ThreadFact,
} from '../world/facts.ts'
import { type ConnectionArguments, connection, listOf, type SortKey } from './connection.ts'

export const time = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString().replace('.000Z', 'Z')

const SITE = 'https://github.com'
const byPlace = ({ at, serial }: Placed): SortKey => [at, serial]
const byPosition = (_: unknown, index: number): SortKey => [index, 0]
const sorted = <Item extends Placed>(items: readonly Item[]): readonly Item[] =>
  items.toSorted((left, right) => left.at - right.at || left.serial - right.serial)

/** GitHub shows no more commits of a pull request. */
const MOST_COMMITS = 250

export const showActor = (person: Person | Team | null): object | null => {
  if (person === null) return null
  if (person.type === 'Team') {
    return {
      __typename: 'Team',
      id: person.id,
      slug: person.slug,
      name: person.name,
      combinedSlug: `acme/${person.slug}`,
    }
  }
  const { type, id, login, name } = person
  const url = `${SITE}/${login}`
  return { __typename: type, id, login, name, url, avatarUrl: `${url}.png`, resourcePath: `/${login}` }
}

/** A pull request as GraphQL objects: lists are pages, shown when they are asked for. */
export const showPullRequest = (pull: PullRequestFact, repository: RepositoryFact): object => {
  const commits = pull.commits.slice(-MOST_COMMITS)
  const url = `${SITE}/${repository.owner}/${repository.name}/pull/${pull.number}`
  const sum = (pick: (commit: CommitFact) => number): number =>
    pull.commits.reduce((total, commit) => total + pick(commit), 0)
  return {
    __typename: 'PullRequest',
    id: pull.id,
    databaseId: null,
    fullDatabaseId: pull.fullDatabaseId,
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    isDraft: pull.isDraft,
    locked: false,
    url,
    createdAt: time(pull.createdAt),
    updatedAt: time(pull.updatedAt),
    closedAt: time(pull.closedAt),
    mergedAt: time(pull.mergedAt),
    merged: pull.state === 'MERGED',
    author: showActor(pull.author),
    mergedBy: showActor(pull.mergedBy),
    baseRefName: pull.baseRefName,
    headRefName: pull.headRefName,
    headRefOid: commits.at(-1)?.oid ?? '0'.repeat(40),
    mergeCommit: pull.mergeCommitOid === null ? null : { oid: pull.mergeCommitOid },
    additions: sum(({ additions }) => additions),
    deletions: sum(({ deletions }) => deletions),
    changedFiles: pull.changedFiles,
    reviewDecision: pull.reviews.some(({ state }) => state === 'CHANGES_REQUESTED') ? 'CHANGES_REQUESTED' : null,
    labels: (args: ConnectionArguments) =>
      connection(
        listOf(pull.labels, byPosition, (label) => ({ ...label })),
        args,
      ),
    assignees: (args: ConnectionArguments) => connection(listOf(pull.assignees, byPosition, showActor), args),
    reviewRequests: (args: ConnectionArguments) =>
      connection(
        listOf(pull.reviewers, byPosition, (reviewer) => ({
          id: `RR_${pull.number}_${reviewer.id}`,
          asCodeOwner: false,
          requestedReviewer: showActor(reviewer),
        })),
        args,
      ),
    commits: (args: ConnectionArguments) =>
      connection(
        listOf(commits, byPosition, (commit) => ({ id: `PRC_${commit.oid}`, commit: showCommit(commit) })),
        args,
      ),
    reviews: (args: ConnectionArguments) =>
      connection(
        listOf(sorted(pull.reviews), byPlace, (review) => ({
          id: review.id,
          state: review.state,
          body: review.body,
          author: showActor(review.author),
          submittedAt: time(review.at),
          createdAt: time(review.at),
          updatedAt: time(review.updatedAt),
          commit: review.commitOid === null ? null : { oid: review.commitOid },
          url: `${url}#${review.id}`,
        })),
        args,
      ),
    comments: (args: ConnectionArguments) =>
      connection(
        listOf(sorted(pull.comments), byPlace, (comment) => showComment(comment, url)),
        args,
      ),
    reviewThreads: (args: ConnectionArguments) =>
      connection(
        listOf(sorted(pull.threads), byPlace, (thread) => showThread(thread, url)),
        args,
      ),
  }
}

export const showThread = (thread: ThreadFact, url: string): object => ({
  __typename: 'PullRequestReviewThread',
  id: thread.id,
  isResolved: thread.resolvedBy !== null,
  isOutdated: thread.isOutdated,
  resolvedBy: showActor(thread.resolvedBy),
  path: thread.path,
  line: thread.line,
  startLine: null,
  subjectType: 'LINE',
  comments: (args: ConnectionArguments) =>
    connection(
      listOf(sorted(thread.comments), byPlace, (comment) => showComment(comment, url)),
      args,
    ),
})

const showCommit = (commit: CommitFact): object => ({
  oid: commit.oid,
  message: commit.message,
  authoredDate: time(commit.authoredAt),
  committedDate: time(commit.committedAt),
  additions: commit.additions,
  deletions: commit.deletions,
  author: { name: commit.authorName, email: commit.authorEmail, user: showActor(commit.author) },
})

const showComment = (comment: CommentFact, url: string): object => ({
  id: comment.id,
  body: comment.body,
  author: showActor(comment.author),
  createdAt: time(comment.at),
  updatedAt: time(comment.updatedAt),
  url: `${url}#${comment.id}`,
})
