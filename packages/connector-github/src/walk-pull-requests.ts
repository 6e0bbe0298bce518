import type { Context } from '@millrace/core'
import { z } from 'zod'
import { pullRequestEnds } from './api/pull-request-api.ts'
import { pullRequestsOperation } from './api/pull-requests.graphql.ts'
import { cursorAfter } from './follow-list.ts'
import { askGithub, type GithubAnswer, type Query } from './github-client.ts'
import type { GithubConfig } from './github-options.ts'
import { ON_A_PAGE, pagePoints } from './list-sizes.ts'
import { sizeLadder } from './page-sizes.ts'
import { OVERLAP_MS, sinceOf } from './wanted-repositories.ts'

/**
 * Where the reading of a repository is: all of it by creation, then what was updated, then what was updated while that was
 * read, then what is open, whose changes GitHub does not always count as updates.
 */
export const walkCursor = z.object({
  phase: z.enum(['created', 'updated', 'head', 'open']),
  last_pr_cursor: z.string().nullable(),
  /** The latest update when the walk through the updates began. */
  head: z.string().nullable(),
  page_size: z.int(),
})

export type WalkCursor = z.output<typeof walkCursor>

const repository = pullRequestsOperation.data.shape.node.unwrap()
const pullRequests = repository.shape.pullRequests.extend({ nodes: z.array(pullRequestEnds.nullable()) })
const page = z.object({ node: repository.extend({ pullRequests }).nullable() })

export type PullRequestPage = z.output<typeof page>

export interface WalkedPage {
  readonly answer: GithubAnswer<PullRequestPage>
  readonly next: WalkCursor | null
  /** The repository is out of sight: what changes meanwhile is to be read when it is back. */
  readonly keepsWatermark?: true
}

export interface WalkedRepository {
  readonly repository_id: string
  readonly latest_update: string | null
  readonly open: number
  /** Since when the two above are known; null where they may be of any age. */
  readonly listed: string | null
  readonly seen_since: string | null
}

export const PAGE_SIZES = [50, 25, 10, 5, 1] as const
/** Asked of a repository of which nothing is known: all of one point. */
const PROBE_SIZE = 5
/** Clocks are told in seconds, and ours may be a little off. */
const LONGEST_KNOWN_MS = OVERLAP_MS - 60_000

/** The pull requests of a repository that may have changed in the window, page by page. */
export async function* walkPullRequests(
  repository: WalkedRepository,
  from: WalkCursor | undefined,
  ctx: Context<GithubConfig>,
): AsyncGenerator<WalkedPage, void, undefined> {
  const start = Math.min(ctx.options.batchSize ?? ctx.config.pullRequestsPerPage, PAGE_SIZES[0])
  const known = asListed(repository, ctx.window.until)
  const since = sinceOf(ctx.window, repository.seen_since)
  const present = from?.page_size ?? (known ? start : Math.min(start, PROBE_SIZE))
  let at = from ?? beginning(known, since, present)
  const sizes = [...new Set([start, ...PAGE_SIZES.filter((size) => size < start)])]
  const ladder = sizeLadder(sizes, start, ctx.log, present)
  while (at) {
    const here: WalkCursor = at
    // GitHub charges for what a page could hold: most repositories have few that are open.
    const most = here.phase === 'open' && known ? known.open : Number.POSITIVE_INFINITY
    const answer = await ladder.run((size) =>
      askGithub(ctx, pageQuery(repository.repository_id, here, Math.min(size, most))),
    )
    const connection = answer.data.node?.pullRequests
    if (!connection) {
      yield { answer, next: null, keepsWatermark: true }
      return
    }
    const purpose = `list the pull requests of repository ${repository.repository_id}`
    const end = cursorAfter(connection.pageInfo, here.last_pr_cursor, purpose)
    at = following(here, end, connection.nodes, known, since)
    const next = at && { ...at, page_size: ladder.current() }
    yield { answer, next }
    at = next
  }
}

type Listed = Pick<WalkedRepository, 'latest_update' | 'open'>

/** What the list of repositories showed; undefined where what happened since would not be in the next window. */
function asListed({ listed, latest_update, open }: WalkedRepository, until: Date): Listed | undefined {
  if (listed === null || until.getTime() - Date.parse(listed) > LONGEST_KNOWN_MS) return undefined
  return { latest_update, open }
}

function beginning(known: Listed | undefined, since: Date | undefined, page_size: number): WalkCursor | null {
  const at = { last_pr_cursor: null, head: null, page_size }
  if (since === undefined) return known?.latest_update === null ? null : { ...at, phase: 'created' }
  if (!known || (known.latest_update !== null && new Date(known.latest_update) >= since)) {
    return { ...at, phase: 'updated' }
  }
  return known.open > 0 ? { ...at, phase: 'open' } : null
}

type Connection = NonNullable<PullRequestPage['node']>['pullRequests']

function following(
  at: WalkCursor,
  end: string | null,
  nodes: Connection['nodes'],
  known: Listed | undefined,
  since: Date | undefined,
): WalkCursor | null {
  const times = nodes.flatMap((node) => node?.updatedAt.getTime() ?? [])
  const head = at.head ?? (times.length > 0 ? new Date(Math.max(...times)).toISOString() : null)
  const onward = { ...at, head, last_pr_cursor: end }
  const afresh = { ...at, head, last_pr_cursor: null }
  const reached = (time: number): boolean => times.some((each) => each < time)
  const toOpen: WalkCursor | null = !known || known.open > 0 ? { ...afresh, phase: 'open' } : null
  switch (at.phase) {
    case 'created':
    case 'open':
      return end === null ? null : onward
    case 'updated': {
      if (end !== null && !reached(since?.getTime() ?? 0)) return onward
      // With one page nothing can have moved to the head meanwhile.
      return at.last_pr_cursor === null ? toOpen : { ...afresh, phase: 'head' }
    }
    case 'head':
      return end !== null && !reached(Date.parse(at.head ?? '') + 1) ? onward : toOpen
  }
}

export function pageQuery(id: string, { phase, last_pr_cursor }: WalkCursor, first: number): Query<PullRequestPage> {
  const byUpdate = phase === 'updated' || phase === 'head'
  return {
    purpose: `list the pull requests of repository ${id}`,
    text: pullRequestsOperation.text,
    variables: pullRequestsOperation.variables({
      id,
      first,
      after: last_pr_cursor,
      order: byUpdate ? { field: 'UPDATED_AT', direction: 'DESC' } : { field: 'CREATED_AT', direction: 'ASC' },
      states: phase === 'open' ? ['OPEN'] : null,
      ...ON_A_PAGE,
    }),
    data: page,
    points: pagePoints(first, ON_A_PAGE),
  }
}
