import { z } from 'zod'
import { LIST_NAMES, type MorePage, morePage } from './api/pull-request-api.ts'
import {
  type PullRequestItem,
  pullRequestItem,
  pullRequestOperation,
  pullRequestsOperation,
} from './api/pull-requests.graphql.ts'

/** A body of our own in front of GitHub's answers: which pull request of which answer goes with which further answers. */
const contents = z.strictObject({
  pull_requests: z.array(
    z.strictObject({
      answer: z.int(),
      /** Its place on a page; null where the answer is about it alone. */
      position: z.int().nullable(),
      more: z.array(z.int()),
    }),
  ),
})

/** Answers are parsed pull request by pull request, so that a bad one takes only itself along. */
const answer = z.looseObject({ pull_requests: z.undefined().optional(), data: z.unknown() })

export const recordBody = z.union([contents, answer])

type RecordBody = z.output<typeof recordBody>

const onPage = pullRequestsOperation.data.pick({ node: true })
const alone = pullRequestOperation.data.pick({ node: true })

export type RecordContents = z.output<typeof contents>

/** The pull requests of a record, each with its complete lists, parsed when its turn comes. */
export function* pullRequestsIn(bodies: readonly RecordBody[]): Generator<PullRequestItem, void, undefined> {
  const [first] = bodies
  for (const { answer: index, position, more } of contents.parse(first).pull_requests) {
    const { data } = answer.parse(bodies[index])
    const raw = position === null ? alone.parse(data).node : onPage.parse(data).node?.pullRequests.nodes[position]
    const pages = more.map((each) => morePage.parse(alone.parse(answer.parse(bodies[each]).data).node))
    yield withMore(pullRequestItem.parse(raw), pages)
  }
}

/** Joins what came page by page. What moved between two pages, and so came twice, is kept once by its key when loaded. */
function withMore(pull: PullRequestItem, pages: readonly MorePage[]): PullRequestItem {
  if (pages.length === 0) return pull
  const own = pages.filter(({ id }) => id === pull.id)
  const joined = { ...pull }
  for (const list of LIST_NAMES) {
    const nodes = [pull, ...own].flatMap((page) => (page[list]?.nodes ?? []) as unknown[])
    Object.assign(joined, { [list]: { ...pull[list], nodes } })
  }
  const threads = joined.reviewThreads.nodes.map((thread) => {
    const replies = pages.filter(({ id }) => id === thread.id).flatMap(({ comments }) => comments?.nodes ?? [])
    return { ...thread, comments: { ...thread.comments, nodes: [...thread.comments.nodes, ...replies] } }
  })
  return { ...joined, reviewThreads: { ...joined.reviewThreads, nodes: threads } }
}
