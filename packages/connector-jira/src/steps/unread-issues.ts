import type { Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { projects } from '../entities/projects.ts'
import { unreadWorkItems } from '../entities/unread-work-items.ts'
import { workItems } from '../entities/work-items.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapUnread } from '../map-unread.ts'
import { rowId } from '../row-id.ts'
import { projectRowsInSight } from '../visible-projects.ts'
import { type MissedUnit, unitsOfMissed } from './missed-issues.ts'

/** A project that went out of sight while all of it was to be read; or, without one, whatever is in sight again. */
const unit = z.object({ project_id: z.string().optional() })

export type UnreadUnit = z.input<typeof unit>

/** As many as are noted, or looked up, at a time. */
const ISSUES_AT_A_TIME = 500

/**
 * Issues of which something went out of sight before it was read: an account may lose a project for a while between finding its
 * issues and reading their comments, remote links or development panels. They are read again, as a whole, in the first run that
 * sees their project; no request is made for the others, unless they were never stored and no census looks for them. Those that
 * are really gone are noted until a census says so.
 */
export function unreadIssuesStep(
  step: DefineStep<JiraConfig>,
  missedStep: Step<string, MissedUnit>,
): Step<'jira_unread_issues', UnreadUnit> {
  return step({
    name: 'jira_unread_issues',
    displayName: 'Unread Issues',
    reads: [workItems, unreadWorkItems],
    spawns: [missedStep],
    unit,
    unitKey: ({ project_id }) => project_id ?? 'in sight again',
    /** How many issues of the project are noted. */
    cursor: z.int(),
    body: z.strictObject({ unread: z.array(z.string()) }),
    modes: ['incremental', 'full'],
    units: () => [{}],
    async *extract({ unit: { project_id }, from = 0 }, ctx) {
      if (project_id === undefined) {
        const ids = await inSightAgain(ctx)
        if (ids.length === 0) return
        yield { body: JSON.stringify({ unread: [] }), next: null, spawn: unitsOfMissed(ids).map(missedStep.spawn) }
        return
      }
      const ids = await issuesOfProject(project_id, ctx)
      for (let noted = from; ; noted += ISSUES_AT_A_TIME) {
        const last = noted + ISSUES_AT_A_TIME >= ids.length
        const body = JSON.stringify({ unread: ids.slice(noted, noted + ISSUES_AT_A_TIME) })
        yield { body, next: last ? null : noted + ISSUES_AT_A_TIME }
        if (last) return
      }
    },
    *transform({ body: { unread } }) {
      for (const id of unread) yield mapUnread(id)
    },
  })
}

/** What was noted before this run, and belongs to projects that the account may browse now. */
async function inSightAgain(ctx: Context<JiraConfig>): Promise<readonly string[]> {
  const noted: string[] = []
  for await (const rows of ctx.rows(unreadWorkItems, { columns: ['issue_id'] })) {
    for (const { issue_id } of rows) noted.push(String(issue_id))
  }
  if (noted.length === 0) return []
  const inSight = await projectRowsInSight(ctx)
  const found: string[] = []
  for (let start = 0; start < noted.length; start += ISSUES_AT_A_TIME) {
    const externalIds = noted.slice(start, start + ISSUES_AT_A_TIME)
    const unknown = new Set(externalIds)
    for await (const rows of ctx.rows(workItems, { externalIds, columns: ['external_id', 'project_id'] })) {
      for (const { external_id, project_id } of rows) {
        unknown.delete(String(external_id))
        if (inSight.has(project_id)) found.push(String(external_id))
      }
    }
    // Nobody knows where one is that was never stored. A census finds it; without one, Jira is asked.
    if (ctx.config.censusIntervalHours === 0) found.push(...unknown)
  }
  return found
}

/** In the order of their ids, which is the same after a pause. */
async function issuesOfProject(projectId: string, ctx: Context<JiraConfig>): Promise<readonly string[]> {
  const project = rowId(ctx, projects, projectId)
  const ids: string[] = []
  for await (const rows of ctx.rows(workItems, { columns: ['external_id', 'project_id'] })) {
    for (const { external_id, project_id } of rows) if (project_id === project) ids.push(String(external_id))
  }
  return ids.sort((left, right) => Number(left) - Number(right))
}
