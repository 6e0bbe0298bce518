import type { Context } from '@millrace/core'
import { z } from 'zod'
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
import { cursorAfter } from './follow-list.ts'
import { askGithub, type Query } from './github-client.ts'
import { githubFailure } from './github-failure.ts'
import type { GithubConfig } from './github-options.ts'
import { listSizes, points, pullRequestPoints } from './list-sizes.ts'
import { sizeLadder } from './page-sizes.ts'

const { data } = pullRequestOperation
const wholeAnswer = data.pick({ node: true }).extend({ node: pullRequestEnds.nullable() })
const moreAnswer = data.pick({ node: true }).extend({ node: moreEnds.nullable() })

type Ends = z.output<typeof moreEnds>

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

/** How people call the place that a list was read to. */
const CURSOR_NAMES = {
  commits: 'last_commit_cursor',
  reviews: 'last_review_cursor',
  comments: 'last_comment_cursor',
  reviewThreads: 'last_review_thread_cursor',
  labels: 'last_label_cursor',
  assignees: 'last_assignee_cursor',
  reviewRequests: 'last_review_request_cursor',
} as const satisfies { readonly [Name in ListName]: string }

type CursorName = (typeof CURSOR_NAMES)[ListName]

const place = z.string().optional()
const lists: { readonly [Name in CursorName]: typeof place } = {
  last_commit_cursor: place,
  last_review_cursor: place,
  last_comment_cursor: place,
  last_review_thread_cursor: place,
  last_label_cursor: place,
  last_assignee_cursor: place,
  last_review_request_cursor: place,
}

/** Where the reading of a pull request is: the lists that go on, each with the place that it was read to. */
export const pullRequestCursor = z.object({
  current_pr_node_id: z.string(),
  ...lists,
  /** Threads whose comments go on; they come first. */
  threads: z.array(z.object({ current_thread_node_id: z.string(), last_comment_cursor: z.string() })),
  page_size: z.int(),
})

export type PullRequestCursor = z.output<typeof pullRequestCursor>

export interface PullRequestPart {
  /** The answer; undefined when the pull request went while it was read. */
  readonly bytes: Uint8Array | undefined
  readonly next: PullRequestCursor | null
}

/**
 * Reads a pull request and every list of it to the end: the first part is the pull request, each further one more of a
 * list. None when it is gone.
 */
export async function* readPullRequest(
  ctx: Context<GithubConfig>,
  id: string,
  from?: PullRequestCursor,
): AsyncGenerator<PullRequestPart, void, undefined> {
  const ladder = sizeLadder(SIZES, SIZES[0], ctx.log, from?.page_size)
  const going = (at: PullRequestCursor): PullRequestCursor | null => {
    const goesOn = at.threads.length > 0 || LIST_NAMES.some((list) => at[CURSOR_NAMES[list]] !== undefined)
    return goesOn ? { ...at, page_size: ladder.current() } : null
  }
  let at = from ?? null
  if (at === null) {
    const { data: found, bytes } = await ladder.run((size) => askGithub(ctx, pullRequestQuery(id, size)))
    const { node } = found
    if (!node) return
    const start: PullRequestCursor = { current_pr_node_id: id, threads: [], page_size: ladder.current() }
    at = going(LIST_NAMES.reduce((before, list) => afterPage(before, list, node), start))
    yield { bytes, next: at }
  }
  while (at) {
    const here: PullRequestCursor = at
    const [thread] = here.threads
    const list = LIST_NAMES.find((name) => here[CURSOR_NAMES[name]] !== undefined)
    if (thread) {
      const { current_thread_node_id, last_comment_cursor } = thread
      const answer = await ladder.run((size) =>
        askGithub(ctx, repliesQuery(current_thread_node_id, last_comment_cursor, size)),
      )
      at = going(afterReplies(here, answer.data.node))
      yield { bytes: answer.bytes, next: at }
    } else if (list) {
      const after = here[CURSOR_NAMES[list]] ?? ''
      const answer = await ladder.run((size) => askGithub(ctx, moreQuery(id, list, after, size)))
      const { node } = answer.data
      at = node && going(afterPage(here, list, node))
      yield { bytes: node ? answer.bytes : undefined, next: at }
    }
  }
}

/** The place after a page of a list, with the threads of it that go on themselves. */
function afterPage(at: PullRequestCursor, list: ListName, node: Ends): PullRequestCursor {
  const name = CURSOR_NAMES[list]
  const purpose = `read ${list} of pull request ${at.current_pr_node_id}`
  const { [name]: after, ...others } = at
  const next = cursorAfter(endOf(node[list], purpose).pageInfo, after ?? null, purpose)
  const threads = list === 'reviewThreads' ? [...at.threads, ...longThreads(node.reviewThreads)] : at.threads
  return { ...others, threads, ...(next !== null && { [name]: next }) }
}

/** The place after more comments of the first thread. One that went meanwhile has no more of them. */
function afterReplies(at: PullRequestCursor, node: Ends | null): PullRequestCursor {
  const [thread, ...others] = at.threads
  if (!thread || !node) return { ...at, threads: others }
  const { current_thread_node_id, last_comment_cursor: after } = thread
  const purpose = `read comments of review thread ${current_thread_node_id}`
  const next = cursorAfter(endOf(node.comments, purpose).pageInfo, after, purpose)
  return { ...at, threads: next === null ? others : [{ current_thread_node_id, last_comment_cursor: next }, ...others] }
}

function longThreads(threads: PullRequestEnds['reviewThreads'] | undefined): PullRequestCursor['threads'] {
  return (threads?.nodes ?? []).flatMap((thread) => {
    const purpose = `read comments of review thread ${thread?.id}`
    const next = thread && cursorAfter(thread.comments.pageInfo, null, purpose)
    return thread && next ? [{ current_thread_node_id: thread.id, last_comment_cursor: next }] : []
  })
}

/** An answer without the list that was asked for would cut it. */
function endOf<End>(end: End | undefined, purpose: string): End {
  if (end !== undefined) return end
  throw githubFailure('INVALID_BODY', purpose, 'the answer lacks the list', 'Upgrade @millrace/connector-github.')
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
