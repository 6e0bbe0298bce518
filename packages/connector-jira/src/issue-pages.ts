import type { Change, Context, Lookup, Page, Step } from '@millrace/core'
import { z } from 'zod'
import { type IssueList, issuePage } from './api/issue-api.ts'
import { historiesIn, historyBody, historyIndex, readCutHistories } from './cut-histories.ts'
import type { JiraConfig } from './jira-options.ts'
import { mapIssue } from './map-issue.ts'
import { mapUnread } from './map-unread.ts'
import { outOfSight } from './out-of-sight.ts'
import { type SearchCursor, searchIssues } from './search-issues.ts'
import type { JiraAnswer } from './send-jira-request.ts'
import { type DevStatusUnit, devStatusEnabled, unitsOfIssues } from './steps/dev-status.ts'
import type { RemoteLinksUnit } from './steps/remote-links.ts'
import type { IssueScope } from './updated-window.ts'
import { collectionIndex, collectionPage, readCutCollections, wholeCollections } from './whole-collections.ts'

/** A body of our own in place of a page, where the issues of a project come in slices. */
const sliced = z.strictObject({ slices: z.int(), issues: z.undefined().optional() })

/** A body of a record of issues: a page of them, and what the page only begins to tell. */
export const issueBody = z.union([
  sliced,
  outOfSight,
  issuePage,
  historyIndex,
  collectionIndex,
  collectionPage,
  historyBody,
])

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
  answer: JiraAnswer<IssueList>,
  next: Cursor | null,
  steps: StepsOfIssues,
  ctx: Context<JiraConfig>,
): Promise<Page<Cursor>> {
  const { issues } = answer.body
  const shown = devStatusEnabled(ctx.config, ctx.options) ? issues.filter(({ hasDevelopment }) => hasDevelopment) : []
  const histories = await readCutHistories(issues, ctx)
  const collections = await readCutCollections(issues, ctx)
  const linked = ctx.config.includeRemoteLinks ? issues : []
  const spawn = [
    ...unitsOfIssues(shown).map(steps.devStatus.spawn),
    ...unitsOfIssues(linked).map(steps.remoteLinks.spawn),
  ]
  return { bodies: [answer.bytes, ...histories, ...collections], next, spawn }
}

/** @param isReadAgain the issues are read because something of them was not */
export function* mapIssues(
  bodies: readonly z.output<typeof issueBody>[],
  lookup: Lookup,
  isReadAgain = false,
): Iterable<Change> {
  const historyOf = historiesIn(bodies)
  const collections = wholeCollections(bodies)
  for (const issue of bodies.flatMap((body) => ('issues' in body ? (body.issues ?? []) : []))) {
    const histories = historyOf(issue)
    if (histories) yield* mapIssue(issue, { histories, collections, isReadAgain }, lookup)
    else yield mapUnread(issue.id)
  }
}
