import { z } from 'zod'
import { actor, connection, flag, lenient, optionalTime, pageInfo, requiredTime, text, whole } from './fields.ts'

const oid = lenient(z.looseObject({ oid: z.string() }))

const comment = z.looseObject({
  id: z.string(),
  body: text,
  url: text,
  author: actor,
  createdAt: optionalTime,
  updatedAt: optionalTime,
})

const commits = connection(
  z.looseObject({
    commit: z.looseObject({
      oid: z.string(),
      message: text,
      authoredDate: optionalTime,
      committedDate: optionalTime,
      additions: whole,
      deletions: whole,
      author: lenient(z.looseObject({ name: text, email: text, user: actor })),
    }),
  }),
)
const reviews = connection(
  z.looseObject({
    id: z.string(),
    state: text,
    body: text,
    author: actor,
    submittedAt: optionalTime,
    updatedAt: optionalTime,
    commit: oid,
  }),
)
const comments = connection(comment)
const reviewThreads = connection(
  z.looseObject({
    id: z.string(),
    isResolved: flag,
    isOutdated: flag,
    resolvedBy: actor,
    path: text,
    line: whole,
    comments,
  }),
)
const labels = connection(z.looseObject({ id: z.string(), name: z.string(), color: text }))
const assignees = connection(z.looseObject({ id: z.string(), login: z.string(), __typename: text }))
const reviewRequests = connection(
  z.looseObject({
    requestedReviewer: lenient(
      z.looseObject({ __typename: z.string(), id: z.string(), login: text, name: text, slug: text }),
    ),
  }),
)

/** The lists of a pull request, each of which may go on beyond its first page. */
const lists = { commits, reviews, comments, reviewThreads, labels, assignees, reviewRequests }

/**
 * A pull request needs its id, number and `updatedAt`, and every list whole; whatever else is missing becomes null.
 * https://docs.github.com/en/graphql/reference/objects#pullrequest
 */
export const pullRequest = z.looseObject({
  id: z.string(),
  fullDatabaseId: lenient(z.union([z.string(), z.int(), z.bigint()]).transform(String)),
  number: z.int(),
  title: text,
  body: text,
  state: text,
  isDraft: flag,
  url: text,
  createdAt: requiredTime,
  updatedAt: requiredTime,
  closedAt: optionalTime,
  mergedAt: optionalTime,
  author: actor,
  mergedBy: actor,
  baseRefName: text,
  headRefName: text,
  headRefOid: text,
  mergeCommit: oid,
  additions: whole,
  deletions: whole,
  changedFiles: whole,
  reviewDecision: text,
  ...lists,
})

/** More of a list of a pull request, or more comments of one of its threads. */
export const morePage = z.looseObject({
  id: z.string(),
  ...(Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.optional()])) as {
    [Name in keyof typeof lists]: z.ZodOptional<(typeof lists)[Name]>
  }),
})

const end = z.object({ pageInfo })
const threadsEnd = z.object({ pageInfo, nodes: z.array(z.object({ id: z.string(), comments: end }).nullable()) })

/** What reading on needs of a pull request: where each of its lists ended. */
export const pullRequestEnds = z.object({
  id: z.string().catch(''),
  updatedAt: requiredTime.catch(new Date(0)),
  commits: end,
  reviews: end,
  comments: end,
  labels: end,
  assignees: end,
  reviewRequests: end,
  reviewThreads: threadsEnd,
})

export const moreEnds = pullRequestEnds.omit({ updatedAt: true }).partial()

export const LIST_NAMES = [
  'commits',
  'reviews',
  'comments',
  'reviewThreads',
  'labels',
  'assignees',
  'reviewRequests',
] as const

export type ListName = (typeof LIST_NAMES)[number]
export type PullRequest = z.output<typeof pullRequest>
export type PullRequestEnds = z.output<typeof pullRequestEnds>
export type MorePage = z.output<typeof morePage>
export type Comment = z.output<typeof comment>
