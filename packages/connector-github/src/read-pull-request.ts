import { type Context, isMillraceError, MillraceError } from '@millrace/core'
import type { z } from 'zod'
import type { PageInfo } from './api/fields.ts'
import { LIST_NAMES, type ListName, moreEnds, type PullRequestEnds, pullRequestEnds } from './api/pull-request-api.ts'
import {
  moreAssigneesOperation,
  moreCommentsOperation,
  moreCommitsOperation,
  moreLabelsOperation,
  moreRepliesOperation,
  moreReviewRequestsOperation,
  moreReviewsOperation,
  moreReviewThreadsOperation,
  pullRequestOperation,
} from './api/pull-requests.graphql.ts'
import { askGithub, type GithubAnswer, type Query } from './github-client.ts'
import type { GithubConfig } from './github-options.ts'
import { listSizes, points, pullRequestPoints } from './list-sizes.ts'
import { type SizeLadder, sizeLadder } from './page-sizes.ts'

const { data } = pullRequestOperation
const wholeAnswer = data.pick({ node: true }).extend({ node: pullRequestEnds.nullable() })
const moreAnswer = data.pick({ node: true }).extend({ node: moreEnds.nullable() })

/** The next page of one list of a pull request, by list. */
const MORE = {
  commits: moreCommitsOperation,
  reviews: moreReviewsOperation,
  comments: moreCommentsOperation,
  labels: moreLabelsOperation,
  assignees: moreAssigneesOperation,
  reviewRequests: moreReviewRequestsOperation,
} as const

const SIZES = [100, 50, 25, 10, 5, 1] as const

/**
 * Reads a pull request and every list of it to the end: the first answer is the pull request, each further one more of a
 * list. Undefined when it is gone.
 */
export async function readPullRequest(
  ctx: Context<GithubConfig>,
  id: string,
): Promise<readonly Uint8Array[] | undefined> {
  const ladder = sizeLadder(SIZES, 100, ctx.log)
  const first = await ladder.run((size) => askGithub(ctx, pullRequestQuery(id, size)))
  const { node } = first.data
  if (!node) return undefined
  const answers = [first.bytes]
  const follow = async (list: ListName, from: PageInfo): Promise<void> => {
    const pages = pagesAfter(ctx, ladder, from, {
      place: (after) => ({ current_pr_node_id: id, [CURSOR_NAMES[list]]: after }),
      query: (after, size) => moreQuery(id, list, after, size),
    })
    for await (const { bytes, data } of pages) {
      answers.push(bytes)
      if (data.node?.reviewThreads) await followReplies(data.node.reviewThreads)
    }
  }
  const followReplies = async ({ nodes }: PullRequestEnds['reviewThreads']): Promise<void> => {
    for (const thread of nodes) {
      if (!thread) continue
      const pages = pagesAfter(ctx, ladder, thread.comments.pageInfo, {
        place: (after) => ({ current_pr_node_id: id, current_thread_node_id: thread.id, last_comment_cursor: after }),
        query: (after, size) => repliesQuery(thread.id, after, size),
      })
      for await (const { bytes } of pages) answers.push(bytes)
    }
  }
  await followReplies(node.reviewThreads)
  for (const list of LIST_NAMES) await follow(list, node[list].pageInfo)
  return answers
}

export function pullRequestQuery(id: string, size: number): Query<z.output<typeof wholeAnswer>> {
  const sizes = listSizes(size)
  return {
    purpose: `read pull request ${id}`,
    text: pullRequestOperation.text,
    variables: pullRequestOperation.variables({ id, ...sizes }),
    data: wholeAnswer,
    points: pullRequestPoints(sizes),
  }
}

export function moreQuery(id: string, list: ListName, after: string, size: number): Query<z.output<typeof moreAnswer>> {
  const purpose = `read more ${list} of pull request ${id}`
  if (list === 'reviewThreads') {
    const { threads: first, replies } = listSizes(size)
    const { text, variables } = moreReviewThreadsOperation
    const given = variables({ id, first, after, replies })
    return { purpose, text, variables: given, data: moreAnswer, points: points(1 + first) }
  }
  const { text, variables } = MORE[list]
  return { purpose, text, variables: variables({ id, first: size, after }), data: moreAnswer, points: 1 }
}

export function repliesQuery(id: string, after: string, size: number): Query<z.output<typeof moreAnswer>> {
  const { text, variables } = moreRepliesOperation
  const purpose = `read comments of review thread ${id}`
  return { purpose, text, variables: variables({ id, first: size, after }), data: moreAnswer, points: 1 }
}

/** How people call the place that a list was read to; a failure tells it. */
const CURSOR_NAMES: { readonly [Name in ListName]: string } = {
  commits: 'last_commit_cursor',
  reviews: 'last_review_cursor',
  comments: 'last_comment_cursor',
  reviewThreads: 'last_review_thread_cursor',
  labels: 'last_label_cursor',
  assignees: 'last_assignee_cursor',
  reviewRequests: 'last_review_request_cursor',
}

interface ListQuery {
  readonly place: (after: string) => { readonly [name: string]: string }
  readonly query: (after: string, size: number) => Query<z.output<typeof moreAnswer>>
}

/** The pages of a list after its first one. */
async function* pagesAfter(
  ctx: Context<GithubConfig>,
  ladder: SizeLadder,
  from: PageInfo,
  { query, place }: ListQuery,
): AsyncGenerator<GithubAnswer<z.output<typeof moreAnswer>>, void, undefined> {
  let at = from
  while (at.hasNextPage && at.endCursor !== null) {
    const after = at.endCursor
    const answer = await ladder
      .run((size) => askGithub(ctx, query(after, size)))
      .catch((error) => {
        throw stoppedAt(place(after), error)
      })
    yield answer
    const ends = Object.values(answer.data.node ?? {}).flatMap((list) =>
      typeof list === 'object' ? [list.pageInfo] : [],
    )
    const [end] = ends
    if (!end) return
    if (end.hasNextPage && end.endCursor === after) {
      throw stoppedAt(place(after), cursorLoop('read a list of a pull request'))
    }
    at = end
  }
}

/** The pull request is read again from its start; where it stopped is for people, who look for what it fails at. */
function stoppedAt(place: { readonly [name: string]: string }, error: unknown): unknown {
  if (!isMillraceError(error)) return error
  const { code, message, retryable, retryAt, cause, context } = error
  return new MillraceError(code, {
    ...{ message, retryable, cause, context: { ...context, ...place } },
    ...(retryAt && { retryAt }),
  })
}

export function cursorLoop(purpose: string): MillraceError {
  return new MillraceError('CURSOR_LOOP', {
    message: `Failed to ${purpose}: GitHub gave the cursor back that it was asked with, so the pages would never end. The unit is tried again.`,
  })
}
