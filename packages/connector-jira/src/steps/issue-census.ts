import type { AnyStep, Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { identityPage } from '../api/issue-api.ts'
import { workItems } from '../entities/work-items.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { tokenGuard } from '../page-tokens.ts'
import { issuesJql } from '../updated-window.ts'
import { visibleProjects } from '../visible-projects.ts'
import { type IssueUnit, issueUnit } from './issues-with-changelogs.ts'
import { type MissedUnit, unitsOfMissed } from './missed-issues.ts'

const HOUR_MS = 3_600_000
/** As many as Jira gives when nothing but ids is asked for. */
const IDS_PER_PAGE = 5000
/** As many as are looked up at a time. */
const IDS_PER_LOOKUP = 500

/**
 * Which issues of a project exist: a deleted issue is in no answer to "what changed", and neither is one that was restored.
 * Those that are not stored become units of the next step. Only projects that are visible are counted, so that a project
 * which the account may no longer browse keeps what was read of it.
 */
export function issueCensusStep(
  step: DefineStep<JiraConfig>,
  stepsOfIssues: readonly AnyStep[],
  missedStep: Step<string, MissedUnit>,
): Step<'jira_issue_census', IssueUnit> {
  return step({
    name: 'jira_issue_census',
    displayName: 'Deleted Issues',
    after: stepsOfIssues,
    reads: [workItems],
    spawns: [missedStep],
    unit: issueUnit,
    unitKey: ({ project_id }) => project_id,
    cursor: z.never(),
    body: identityPage,
    modes: ['incremental', 'full'],
    enabled: ({ censusIntervalHours }) => censusIntervalHours > 0,
    intervalMs: ({ censusIntervalHours }) => censusIntervalHours * HOUR_MS,
    async *units(ctx) {
      for await (const { answer } of visibleProjects(ctx, ['live'])) {
        for (const { id, key } of answer.body.values) yield { project_id: id, project_key: key }
      }
    },
    async *extract({ unit: { project_id } }, ctx) {
      const client = jiraClient(ctx)
      const guard = tokenGuard('count issues')
      const jql = issuesJql({ projectId: project_id }, undefined, ctx.config.jql)
      const bodies: Uint8Array[] = []
      const missed = new Set<string>()
      for (let nextPageToken: string | undefined; ; ) {
        const { bytes, body } = await client.identities({ jql, maxResults: IDS_PER_PAGE, nextPageToken })
        bodies.push(bytes)
        const ids = body.issues.map(({ id }) => id)
        for (const id of await notStored(ids, ctx)) missed.add(id)
        if (body.isLast === true || body.nextPageToken === null) break
        guard(body.nextPageToken)
        nextPageToken = body.nextPageToken
      }
      // One record, because only all pages together say what is missing.
      yield { bodies, next: null, spawn: unitsOfMissed(missed).map(missedStep.spawn) }
    },
    *transform({ unit: { project_id }, bodies }) {
      const ids = bodies.flatMap(({ issues }) => issues.map(({ id }) => id))
      yield workItems.census(ids, { within: { column: 'project_id', externalId: project_id } })
    },
  })
}

/** Those of these issues of which there is no row, or a tombstone. */
async function notStored(ids: readonly string[], ctx: Context<JiraConfig>): Promise<ReadonlySet<string>> {
  const missing = new Set(ids)
  for (let start = 0; start < ids.length; start += IDS_PER_LOOKUP) {
    const filter = { externalIds: ids.slice(start, start + IDS_PER_LOOKUP), columns: ['external_id'] }
    for await (const rows of ctx.rows(workItems, filter)) {
      for (const { external_id } of rows) missing.delete(String(external_id))
    }
  }
  return missing
}
