import type { Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { changelogPage, issuePage } from '../api/issue-api.ts'
import { customFields } from '../entities/custom-fields.ts'
import { customFieldsMapping } from '../entities/custom-fields-mapping.ts'
import { statuses } from '../entities/statuses.ts'
import { statusesMappings } from '../entities/statuses-mappings.ts'
import { workflows } from '../entities/workflows.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapIssue } from '../map-issue.ts'
import { tokenGuard } from '../page-tokens.ts'
import { searchCursor, searchIssues } from '../search-issues.ts'
import { visibleProjects } from '../visible-projects.ts'
import { collectionIndex, collectionPage, readCutCollections, wholeCollections } from '../whole-collections.ts'
import { type DevStatusUnit, devStatusEnabled, unitsOfIssues } from './dev-status.ts'
import type { RemoteLinksUnit } from './remote-links.ts'

export const issueUnit = z.object({ project_id: z.string(), project_key: z.string() })

export type IssueUnit = z.input<typeof issueUnit>

/** Issues with their complete histories, one unit per project. Issues with something to link become units of the next step. */
export function issuesStep(
  step: DefineStep<JiraConfig>,
  statusesStep: Step<string, never>,
  devStatusStep: Step<string, DevStatusUnit>,
  remoteLinksStep: Step<string, RemoteLinksUnit>,
): Step<'jira_issues_with_changelogs', IssueUnit> {
  return step({
    name: 'jira_issues_with_changelogs',
    displayName: 'Issues & Changelogs',
    after: [statusesStep],
    reads: [statuses, statusesMappings, workflows, customFields, customFieldsMapping],
    spawns: [devStatusStep, remoteLinksStep],
    unit: issueUnit,
    // A project keeps its id when its key changes.
    unitKey: ({ project_id }) => project_id,
    cursor: searchCursor,
    body: z.union([issuePage, collectionIndex, collectionPage, changelogPage]),
    items: 'issues',
    transformVersion: 4,
    async *units(ctx) {
      // Asked anew: a project that was loaded once may be out of sight today, and its query would fail.
      for await (const { answer } of visibleProjects(ctx, ['live'])) {
        for (const { id, key } of answer.body.values) yield { project_id: id, project_key: key }
      }
    },
    async *extract({ unit: { project_id }, from }, ctx) {
      for await (const { answer, next } of searchIssues(project_id, from, ctx)) {
        const { issues } = answer.body
        // What is cut, or not there at all, is read from the bulk endpoint, to its last page.
        const ids = issues.filter(({ hasWholeHistory }) => !hasWholeHistory).map(({ id }) => id)
        const shown = devStatusEnabled(ctx.config, ctx.options)
          ? issues.filter(({ hasDevelopment }) => hasDevelopment)
          : []
        const collections = await readCutCollections(issues, jiraClient(ctx))
        const bodies = [answer.bytes, ...(await historyPages(ids, ctx)), ...collections]
        const linked = ctx.config.includeRemoteLinks ? issues : []
        const spawn = [
          ...unitsOfIssues(shown).map(devStatusStep.spawn),
          ...unitsOfIssues(linked).map(remoteLinksStep.spawn),
        ]
        yield { bodies, next, spawn }
      }
    },
    *transform({ bodies }, lookup) {
      const logs = bodies.flatMap((body) =>
        'issueChangeLogs' in body ? changelogPage.parse(body).issueChangeLogs : [],
      )
      const logsOf = Map.groupBy(logs, ({ issueId }) => issueId)
      const collections = wholeCollections(bodies)
      for (const issue of bodies.flatMap((body) => ('issues' in body ? (body.issues ?? []) : []))) {
        const fetched = (logsOf.get(issue.id) ?? []).flatMap(({ changeHistories }) => changeHistories)
        const histories = [...(issue.changelog?.histories ?? []), ...fetched]
        yield* mapIssue(issue, { histories, collections }, lookup)
      }
    },
  })
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
