const MINUTE_MS = 60_000
const FIRST_SLACK_MINUTES = 10

/** How many minutes a query reaches back from the moment at which Jira evaluates it. */
export interface Reach {
  readonly minutes: number
  readonly slackMinutes: number
}

/**
 * JQL reads absolute times in the time zone of the account, so windows are relative: `updated >= -90m`. Those move with
 * the clock, page by page, while the window's start stays; hence some slack, and `covers` to see whether it was enough.
 *
 * @param now Jira's time, or the best guess before it has answered
 * @param before what turned out to be too short
 */
export function reachBack(since: Date, now: number, before?: Reach): Reach {
  const slackMinutes = before ? before.slackMinutes * 4 : FIRST_SLACK_MINUTES
  const minutes = Math.max(0, Math.ceil((now - since.getTime()) / MINUTE_MS))
  return { minutes: minutes + slackMinutes, slackMinutes }
}

/** Whether a query that Jira answered at `serverTime` began at `since` or earlier. Jira cuts times off to the minute. */
export function covers(reach: Reach, since: Date, serverTime: number): boolean {
  return serverTime - reach.minutes * MINUTE_MS <= since.getTime()
}

/** Which issues of a project. */
export interface IssueScope {
  readonly projectId: string
  /** Created from the start of this day, YYYY-MM-DD in the time zone of the account, … Default: since ever */
  readonly createdFrom?: string | null
  /** … and before the start of this one. Default: until ever */
  readonly createdBefore?: string | null
}

/** The condition that a project's issues meet which changed within the window. */
export function issuesCondition(scope: IssueScope, reach: Reach | undefined, filter: string | undefined): string {
  const { projectId, createdFrom = null, createdBefore = null } = scope
  const conditions = [
    `project = ${projectId}`,
    ...(createdFrom === null ? [] : [`created >= "${createdFrom}"`]),
    ...(createdBefore === null ? [] : [`created < "${createdBefore}"`]),
    ...(reach ? [`updated >= -${reach.minutes}m`] : []),
    ...(filter === undefined ? [] : [`(${filter})`]),
  ]
  return conditions.join(' AND ')
}
