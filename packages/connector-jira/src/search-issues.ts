import { type Context, isMillraceError } from '@millrace/core'
import { z } from 'zod'
import type { IssuePageEnvelope } from './api/issue-api.ts'
import { jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { tokenGuard } from './page-tokens.ts'
import type { JiraAnswer } from './send-jira-request.ts'
import { covers, type IssueScope, issuesCondition, issuesJql, type Reach, reachBack } from './updated-window.ts'

/** Where a search goes on. The reach stays with the token: a token belongs to the query that it came from. */
export const searchCursor = z.object({
  token: z.string().optional(),
  reach: z.object({ minutes: z.int(), slackMinutes: z.int() }).optional(),
  /** How often the search began again because Jira refused a token. */
  restarts: z.int(),
  /** How many issues were found so far. */
  found: z.int().default(0),
  /** How many there are, where Jira says so. */
  total: z.int().optional(),
})

export type SearchCursor = z.output<typeof searchCursor>

export interface IssuesFound {
  readonly answer: JiraAnswer<IssuePageEnvelope>
  readonly next: SearchCursor | null
}

const MAX_RESTARTS = 2
const MAX_ISSUES_PER_PAGE = 100

/**
 * The issues in this scope that changed within the window, page by page to the last one. A page shorter than asked for is
 * no end: only Jira says which page is the last. What was yielded before a new beginning comes again.
 *
 * @throws CURSOR_LOOP when Jira repeats a token; HTTP_STATUS when it refuses the query, or tokens again and again
 */
export async function* searchIssues(
  scope: IssueScope,
  from: SearchCursor | undefined,
  ctx: Context<JiraConfig>,
): AsyncGenerator<IssuesFound, void, undefined> {
  const { config, options, log } = ctx
  const { since, until } = ctx.window
  const client = jiraClient(ctx)
  const maxResults = Math.min(options.batchSize ?? config.issuesPerPage, MAX_ISSUES_PER_PAGE)
  let at = from ?? beginning(since && reachBack(since, until.getTime()), 0)
  let guard = guardFrom(at)
  for (;;) {
    const { token, reach, restarts } = at
    const jql = issuesJql(scope, reach, config.jql)
    const answer = await client.issues({ jql, maxResults, nextPageToken: token }).catch((error) => {
      if (token === undefined || restarts >= MAX_RESTARTS || !isRefusal(error)) throw error
    })
    const late = answer && since && reach && !covers(reach, since, answer.serverTime)
    // Where pages are counted by position, an issue that is gone moves the others to pages that were read.
    const shifted = answer?.body.total != null && at.total !== undefined && answer.body.total < at.total
    if (answer && !late && !(shifted && restarts < MAX_RESTARTS)) {
      const next = following(at, answer.body)
      if (next === null) {
        const found = at.found + answer.body.issues.length
        await compareWithCount({ scope, found, condition: issuesCondition(scope, reach, config.jql) }, ctx)
      }
      if (next?.token !== undefined) guard(next.token)
      yield { answer, next }
      if (next === null) return
      at = next
      continue
    }
    log.warn({ project: scope.projectId, restarts }, reasonFor(late === true, shifted))
    const now = answer?.serverTime ?? until.getTime()
    at = beginning(since && reachBack(since, now, reach), late ? restarts : restarts + 1)
    guard = guardFrom(at)
  }
}

function beginning(reach: Reach | undefined, restarts: number): SearchCursor {
  return reach ? { reach, restarts, found: 0 } : { restarts, found: 0 }
}

function reasonFor(late: boolean, shifted: boolean): string {
  if (late) return 'A search outlived its slack.'
  return shifted ? 'Issues went away while they were searched.' : 'Jira refused a page token.'
}

function following(at: SearchCursor, { issues, isLast, nextPageToken, total }: IssuePageEnvelope): SearchCursor | null {
  if (isLast === true || nextPageToken === null) return null
  return { ...at, token: nextPageToken, found: at.found + issues.length, ...(total !== null && { total }) }
}

/** Jira counts apart from searching: fewer issues than it counts means that the search did not give all. */
async function compareWithCount(
  search: { readonly scope: IssueScope; readonly found: number; readonly condition: string },
  ctx: Context<JiraConfig>,
): Promise<void> {
  const { scope, found, condition } = search
  const { count } = (await jiraClient(ctx).approximateCount(condition)).body
  if (found >= count) return
  ctx.log.warn(
    { project: scope.projectId, found, counted: count },
    `A search gave ${found} issues of about ${count} that Jira counts. What changed while it ran comes with the next run; ` +
      'run a full sync if the difference stays.',
  )
}

function guardFrom({ token }: SearchCursor): (token: string) => void {
  const guard = tokenGuard('search issues')
  if (token !== undefined) guard(token)
  return guard
}

/** Jira answers 400 to a token that expired, after seven days, or that belongs to another query. */
function isRefusal(error: unknown): boolean {
  return isMillraceError(error) && error.code === 'HTTP_STATUS' && error.context.status === 400
}
