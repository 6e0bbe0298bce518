import { type Context, MillraceError } from '@millrace/core'
import { z } from 'zod'
import type { PageInfo } from './api/fields.ts'
import { LIST_NAMES, type ListName, moreEnds, type PullRequestEnds, pullRequestEnds } from './api/pull-request-api.ts'
import { MORE, MORE_REPLIES, PULL_REQUEST } from './api/pull-requests.graphql.ts'
import { askGithub, type GithubAnswer, type Query } from './github-client.ts'
import type { GithubConfig } from './github-options.ts'
import { listSizes, points, pullRequestPoints } from './list-sizes.ts'
import { type SizeLadder, sizeLadder } from './page-sizes.ts'

const wholeAnswer = z.object({ node: pullRequestEnds.nullable() })
const moreAnswer = z.object({ node: moreEnds.nullable() })

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
    const pages = pagesAfter(ctx, ladder, from, (after, size) => moreQuery(id, list, after, size))
    for await (const { bytes, data } of pages) {
      answers.push(bytes)
      if (data.node?.reviewThreads) await followReplies(data.node.reviewThreads)
    }
  }
  const followReplies = async ({ nodes }: PullRequestEnds['reviewThreads']): Promise<void> => {
    for (const thread of nodes) {
      if (!thread) continue
      const pages = pagesAfter(ctx, ladder, thread.comments.pageInfo, (after, size) =>
        repliesQuery(thread.id, after, size),
      )
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
    text: PULL_REQUEST,
    variables: { id, ...sizes },
    data: wholeAnswer,
    points: pullRequestPoints(sizes),
  }
}

export function moreQuery(id: string, list: ListName, after: string, size: number): Query<z.output<typeof moreAnswer>> {
  const first = list === 'reviewThreads' ? Math.max(1, size >> 1) : size
  const replies = list === 'reviewThreads' ? { replies: listSizes(size).replies } : {}
  return {
    purpose: `read more ${list} of pull request ${id}`,
    text: MORE[list],
    variables: { id, first, after, ...replies },
    data: moreAnswer,
    points: points(list === 'reviewThreads' ? 1 + first : 1),
  }
}

export function repliesQuery(id: string, after: string, size: number): Query<z.output<typeof moreAnswer>> {
  const variables = { id, first: size, after }
  return { purpose: `read comments of review thread ${id}`, text: MORE_REPLIES, variables, data: moreAnswer, points: 1 }
}

/** The pages of a list after its first one. */
async function* pagesAfter(
  ctx: Context<GithubConfig>,
  ladder: SizeLadder,
  from: PageInfo,
  query: (after: string, size: number) => Query<z.output<typeof moreAnswer>>,
): AsyncGenerator<GithubAnswer<z.output<typeof moreAnswer>>, void, undefined> {
  let at = from
  while (at.hasNextPage && at.endCursor !== null) {
    const after = at.endCursor
    const answer = await ladder.run((size) => askGithub(ctx, query(after, size)))
    yield answer
    const ends = Object.values(answer.data.node ?? {}).flatMap((list) =>
      typeof list === 'object' ? [list.pageInfo] : [],
    )
    const [end] = ends
    if (!end) return
    if (end.hasNextPage && end.endCursor === after) throw cursorLoop('read a list of a pull request')
    at = end
  }
}

export function cursorLoop(purpose: string): MillraceError {
  return new MillraceError('CURSOR_LOOP', {
    message: `Failed to ${purpose}: GitHub gave the cursor back that it was asked with, so the pages would never end. The unit is tried again.`,
  })
}
