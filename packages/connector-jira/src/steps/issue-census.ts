import type { AnyStep, Context, DefineStep, Page, Step } from '@millrace/core'
import { z } from 'zod'
import { identityPage } from '../api/issue-api.ts'
import { workItems } from '../entities/work-items.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { outOfSight, whileInSight } from '../out-of-sight.ts'
import { losesItsPlace, MAX_RESTARTS, placeLostForGood, tokenGuard } from '../page-tokens.ts'
import { issuesCondition } from '../updated-window.ts'
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
    body: z.union([outOfSight, identityPage]),
    modes: ['incremental', 'full'],
    enabled: ({ censusIntervalHours }) => censusIntervalHours > 0,
    intervalMs: ({ censusIntervalHours }) => censusIntervalHours * HOUR_MS,
    async *units(ctx) {
      for await (const { projects } of visibleProjects(ctx, ['live'])) {
        for (const { id, key } of projects) yield { project_id: id, project_key: key }
      }
    },
    extract({ unit: { project_id: projectId } }, ctx) {
      async function* pages(): AsyncGenerator<Page<never>, void, undefined> {
        const condition = issuesCondition({ projectId }, undefined, ctx.config.jql)
        const { bodies, ids } = await allIdentities(condition, ctx)
        const missed = await notStored([...ids], ctx)
        // One record, because only all pages together say what is missing.
        yield { bodies, next: null, spawn: unitsOfMissed(missed).map(missedStep.spawn) }
      }
      return whileInSight(projectId, ctx, pages())
    },
    *transform({ unit: { project_id }, bodies }) {
      if (bodies.some((body) => 'out_of_sight' in body)) return
      const ids = new Set(bodies.flatMap(({ issues = [] }) => issues.map(({ id }) => id)))
      yield workItems.census([...ids], { within: { column: 'project_id', externalId: project_id } })
    },
  })
}

interface Identities {
  readonly bodies: readonly Uint8Array[]
  readonly ids: ReadonlySet<string>
}

/**
 * Pages of ids, to the last one. They are read from the first one again when the search loses its place.
 *
 * @throws CURSOR_LOOP when Jira repeats a token; HTTP_STATUS when it refuses the query; PAGES_UNSTABLE when pages do not fit
 *   together, or tokens are refused, again and again
 */
async function allIdentities(condition: string, ctx: Context<JiraConfig>): Promise<Identities> {
  const client = jiraClient(ctx)
  for (let restarts = 0; ; restarts += 1) {
    const bodies: Uint8Array[] = []
    const ids = new Set<string>()
    const guard = tokenGuard('count issues')
    let token: string | undefined
    try {
      for (;;) {
        const { bytes, body } = await client.identities({ condition, maxResults: IDS_PER_PAGE, nextPageToken: token })
        bodies.push(bytes)
        for (const { id } of body.issues) ids.add(id)
        if (body.nextPageToken === null) return { bodies, ids }
        guard(body.nextPageToken)
        token = body.nextPageToken
      }
    } catch (error) {
      if (token === undefined || !losesItsPlace(error)) throw error
      if (restarts >= MAX_RESTARTS) throw placeLostForGood('count issues', error)
      ctx.log.warn(
        { restarts },
        'Counting issues lost its place, since Jira knows its page token no more; it begins again.',
      )
    }
  }
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
