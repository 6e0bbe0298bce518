import { z } from 'zod'
import { LIST_NAMES, type MorePage, morePage } from './api/pull-request-api.ts'
import {
  type PullRequestItem,
  pullRequestItem,
  pullRequestOperation,
  pullRequestsOperation,
} from './api/pull-requests.graphql.ts'

/** A body of our own in front of a page: which of its pull requests are on it with all of their lists. */
const contents = z.object({ pull_requests: z.array(z.object({ position: z.int() })) })

/** Answers are parsed pull request by pull request, so that a bad one takes only itself along. */
const answer = z.looseObject({ pull_requests: z.undefined().optional(), data: z.unknown() })

export const pageBody = z.union([contents, answer])

/** A body of our own at the end of what was read of a pull request that went meanwhile. */
const gone = z.strictObject({ gone: z.literal(true) })

export const partBody = z.union([gone, answer])

export const GONE: string = JSON.stringify({ gone: true } satisfies z.input<typeof gone>)

const onPage = pullRequestsOperation.data.pick({ node: true })
const alone = pullRequestOperation.data.pick({ node: true })

export type PageContents = z.output<typeof contents>

/** The complete pull requests of a page, each parsed when its turn comes. */
export function* pullRequestsOn([first, page]: readonly z.output<typeof pageBody>[]): Generator<
  PullRequestItem,
  void,
  undefined
> {
  const { pull_requests } = contents.parse(first)
  const nodes = onPage.parse(answer.parse(page).data).node?.pullRequests.nodes
  for (const { position } of pull_requests) yield pullRequestItem.parse(nodes?.[position])
}

/** The pull request that the parts of a record are; undefined when it is gone. */
export function pullRequestOf(parts: readonly z.output<typeof partBody>[]): PullRequestItem | undefined {
  if (parts.some((part) => gone.safeParse(part).success)) return undefined
  const [first, ...more] = parts.map((part) => alone.parse(answer.parse(part).data).node)
  // Of a thread that went while its comments were read.
  const found = more.filter((node) => node !== null)
  return withMore(
    pullRequestItem.parse(first),
    found.map((node) => morePage.parse(node)),
  )
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
