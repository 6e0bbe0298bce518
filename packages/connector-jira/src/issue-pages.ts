import type { Change, Context, Lookup, Page, Step } from '@millrace/core'
import { z } from 'zod'
import { changelogPage, type IssuePageEnvelope, issuePage } from './api/issue-api.ts'
import { jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { mapIssue } from './map-issue.ts'
import { tokenGuard } from './page-tokens.ts'
import { type SearchCursor, searchIssues } from './search-issues.ts'
import type { JiraAnswer } from './send-jira-request.ts'
import { type DevStatusUnit, devStatusEnabled, unitsOfIssues } from './steps/dev-status.ts'
import type { RemoteLinksUnit } from './steps/remote-links.ts'
import type { IssueScope } from './updated-window.ts'
import { collectionIndex, collectionPage, readCutCollections, wholeCollections } from './whole-collections.ts'

/** A body of our own in place of a page, where the issues of a project come in slices. */
const sliced = z.strictObject({ slices: z.int(), issues: z.undefined().optional() })

/** A body of a record of issues: a page of them, and what the page only begins to tell. */
export const issueBody = z.union([sliced, issuePage, collectionIndex, collectionPage, changelogPage])

/** Steps that read on, issue by issue, where issues have something to link. */
export interface StepsOfIssues {
  readonly devStatus: Step<string, DevStatusUnit>
  readonly remoteLinks: Step<string, RemoteLinksUnit>
}

/** The issues in this scope that changed within the window, page by page, each page with all that belongs to its issues. */
export async function* issuePages(
  scope: IssueScope,
  from: SearchCursor | undefined,
  steps: StepsOfIssues,
  ctx: Context<JiraConfig>,
): AsyncGenerator<Page<SearchCursor>, void, undefined> {
  for await (const { answer, next } of searchIssues(scope, from, ctx)) yield issuesWithParts(answer, next, steps, ctx)
}

/** Issues as they were found, with what belongs to them and is not, or not wholly, in that answer. */
export async function issuesWithParts<Cursor>(
  answer: JiraAnswer<IssuePageEnvelope>,
  next: Cursor | null,
  steps: StepsOfIssues,
  ctx: Context<JiraConfig>,
): Promise<Page<Cursor>> {
  const { issues } = answer.body
  // What is cut, or not there at all, is read from the bulk endpoint, to its last page.
  const ids = issues.filter(({ hasWholeHistory }) => !hasWholeHistory).map(({ id }) => id)
  const shown = devStatusEnabled(ctx.config, ctx.options) ? issues.filter(({ hasDevelopment }) => hasDevelopment) : []
  const collections = await readCutCollections(issues, jiraClient(ctx))
  const bodies = [answer.bytes, ...(await historyPages(ids, ctx)), ...collections]
  const linked = ctx.config.includeRemoteLinks ? issues : []
  const spawn = [
    ...unitsOfIssues(shown).map(steps.devStatus.spawn),
    ...unitsOfIssues(linked).map(steps.remoteLinks.spawn),
  ]
  return { bodies, next, spawn }
}

/** The complete histories of these issues, as received. Issues that have none are absent from them. */
async function historyPages(issueIds: readonly string[], ctx: Context<JiraConfig>): Promise<readonly Uint8Array[]> {
  if (issueIds.length === 0) return []
  const client = jiraClient(ctx)
  const guard = tokenGuard('read the history of issues')
  const pages: Uint8Array[] = []
  for (let nextPageToken: string | undefined; ; ) {
    const { bytes, body } = await client.changelogs({ issueIds, nextPageToken })
    pages.push(bytes)
    if (body.nextPageToken === null) return pages
    guard(body.nextPageToken)
    nextPageToken = body.nextPageToken
  }
}

export function* mapIssues(bodies: readonly z.output<typeof issueBody>[], lookup: Lookup): Iterable<Change> {
  const logs = bodies.flatMap((body) => ('issueChangeLogs' in body ? changelogPage.parse(body).issueChangeLogs : []))
  const logsOf = Map.groupBy(logs, ({ issueId }) => issueId)
  const collections = wholeCollections(bodies)
  for (const issue of bodies.flatMap((body) => ('issues' in body ? (body.issues ?? []) : []))) {
    const fetched = (logsOf.get(issue.id) ?? []).flatMap(({ changeHistories }) => changeHistories)
    const histories = [...(issue.changelog?.histories ?? []), ...fetched]
    yield* mapIssue(issue, { histories, collections }, lookup)
  }
}
