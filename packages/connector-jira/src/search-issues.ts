import { type Context, isMillraceError } from '@millrace/core'
import { z } from 'zod'
import type { IssueEnvelope } from './api/issue-api.ts'
import { type IssuesFound, jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { losesItsPlace, MAX_RESTARTS, placeLostForGood, tokenGuard } from './page-tokens.ts'
import type { JiraAnswer } from './send-jira-request.ts'
import { covers, type IssueScope, issuesCondition, type Reach, reachBack } from './updated-window.ts'

/** Where a search goes on. The reach stays with the token: a token belongs to the query that it came from. */
export const searchCursor = z.object({
  token: z.string().optional(),
  reach: z.object({ minutes: z.int(), slackMinutes: z.int() }).optional(),
  /** How often the search began again because it had lost its place. */
  restarts: z.int(),
  /** How many issues were found so far. */
  found: z.int().default(0),
})

export type SearchCursor = z.output<typeof searchCursor>

export interface PageOfIssues {
  readonly answer: JiraAnswer<IssuesFound<IssueEnvelope>>
  readonly next: SearchCursor | null
}

const MAX_ISSUES_PER_PAGE = 100

/**
 * The issues in this scope that changed within the window, page by page to the last one. A page shorter than asked for is
 * no end: only Jira says which page is the last. What was yielded before a new beginning comes again.
 *
 * @throws CURSOR_LOOP when Jira repeats a token; HTTP_STATUS when it refuses the query; PAGES_UNSTABLE when pages do not fit
 *   together, or tokens are refused, again and again
 */
export async function* searchIssues(
  scope: IssueScope,
  from: SearchCursor | undefined,
  ctx: Context<JiraConfig>,
): AsyncGenerator<PageOfIssues, void, undefined> {
  const { config, options, log } = ctx
  const { since, until } = ctx.window
  const client = jiraClient(ctx)
  const maxResults = Math.min(options.batchSize ?? config.issuesPerPage, MAX_ISSUES_PER_PAGE)
  let at = from ?? beginning(since && reachBack(since, until.getTime()), 0)
  let guard = guardFrom(at)
  for (;;) {
    const { token, reach, restarts } = at
    const condition = issuesCondition(scope, reach, config.jql)
    const answer = await client.issues({ condition, maxResults, nextPageToken: token }).catch((error) => {
      if (token === undefined || !losesItsPlace(error)) throw error
      if (restarts >= MAX_RESTARTS) throw placeLostForGood('search issues', error)
    })
    const late = answer && since && reach && !covers(reach, since, answer.serverTime)
    if (answer && !late) {
      const next = following(at, answer.body)
      if (next === null) await compareWithCount({ scope, found: at.found + answer.body.issues.length, condition }, ctx)
      if (next?.token !== undefined) guard(next.token)
      yield { answer, next }
      if (next === null) return
      at = next
      continue
    }
    const reason = late
      ? 'A search outlived its slack'
      : 'A search lost its place, since Jira knows its page token no more'
    log.warn({ project: scope.projectId, restarts }, `${reason}; it begins again.`)
    const now = answer?.serverTime ?? until.getTime()
    at = beginning(since && reachBack(since, now, reach), late ? restarts : restarts + 1)
    guard = guardFrom(at)
  }
}

function beginning(reach: Reach | undefined, restarts: number): SearchCursor {
  return reach ? { reach, restarts, found: 0 } : { restarts, found: 0 }
}

function following(at: SearchCursor, { issues, nextPageToken }: IssuesFound<IssueEnvelope>): SearchCursor | null {
  return nextPageToken === null ? null : { ...at, token: nextPageToken, found: at.found + issues.length }
}

/** Jira counts apart from searching: fewer issues than it counts means that the search did not give all. */
async function compareWithCount(
  search: { readonly scope: IssueScope; readonly found: number; readonly condition: string },
  ctx: Context<JiraConfig>,
): Promise<void> {
  const { scope, found, condition } = search
  const answer = await jiraClient(ctx)
    .approximateCount(condition)
    .catch((error) => {
      // Counting is a doubt, not a part of what is read.
      if (!isMillraceError(error) || error.code !== 'HTTP_STATUS') throw error
      ctx.warn({
        about: 'Count of issues',
        message: `What a search of project ${scope.projectId} gave could not be compared with it. (${error.message})`,
        facts: { project: scope.projectId },
      })
    })
  const count = answer?.body.count ?? 0
  if (found >= count) return
  ctx.warn({
    about: 'Issues',
    message:
      `A search of project ${scope.projectId} gave ${found} of about ${count} that Jira counts. What changed while it ran comes with ` +
      'the next run; start a full sync if the difference stays.',
    facts: { project: scope.projectId, found, counted: count },
  })
}

function guardFrom({ token }: SearchCursor): (token: string) => void {
  const guard = tokenGuard('search issues')
  if (token !== undefined) guard(token)
  return guard
}
