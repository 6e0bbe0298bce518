import { type AnyStep, type Context, type DefineStep, entityId, type Step } from '@millrace/core'
import { z } from 'zod'
import { issueLinks } from '../entities/issue-links.ts'
import { projectOfKey, workItems } from '../entities/work-items.ts'
import type { JiraConfig } from '../jira-options.ts'
import { visibleProjects } from '../visible-projects.ts'
import { type MissedUnit, unitsOfMissed } from './missed-issues.ts'

const HOUR_MS = 3_600_000

/**
 * Jira removes the links of an issue that is deleted, and does not touch the issues at their other ends: no window finds
 * those. So issues that link to one which should be stored and is not are read again, after each census. What is out of sight
 * has no row either: only links into projects that are read as a whole count.
 */
export function brokenLinksStep(
  step: DefineStep<JiraConfig>,
  censusStep: AnyStep,
  missedStep: Step<string, MissedUnit>,
): Step<'jira_broken_links', Record<string, never>> {
  return step({
    name: 'jira_broken_links',
    displayName: 'Broken Links',
    after: [censusStep],
    reads: [workItems, issueLinks],
    spawns: [missedStep],
    body: z.strictObject({ issues: z.int() }),
    modes: ['incremental', 'full'],
    // What a filter leaves out looks like what is gone.
    enabled: ({ censusIntervalHours, jql }) => censusIntervalHours > 0 && jql === undefined,
    intervalMs: ({ censusIntervalHours }) => censusIntervalHours * HOUR_MS,
    async *extract(_work, ctx) {
      const ids = await issuesWithBrokenLinks(ctx)
      const spawn = unitsOfMissed(ids).map(missedStep.spawn)
      yield { body: JSON.stringify({ issues: ids.length }), next: null, spawn }
    },
    *transform() {
      // The issues come from the other step.
    },
  })
}

/** Memory grows with the number of links, not of issues. */
async function issuesWithBrokenLinks(ctx: Context<JiraConfig>): Promise<readonly string[]> {
  const keys = new Set<string>()
  for await (const { answer } of visibleProjects(ctx, ['live', 'deleted'])) {
    for (const { key } of answer.body.values) keys.add(key)
  }
  /** The issues that link to each issue, by row. */
  const linking = new Map<unknown, unknown[]>()
  const columns = ['work_item_id', 'linked_work_item_id', 'linked_key']
  for await (const rows of ctx.rows(issueLinks, { columns })) {
    for (const { work_item_id, linked_work_item_id, linked_key } of rows) {
      if (typeof linked_key !== 'string' || !keys.has(projectOfKey(linked_key))) continue
      linking.set(linked_work_item_id, [...(linking.get(linked_work_item_id) ?? []), work_item_id])
    }
  }
  for await (const { row } of storedIssues(ctx)) linking.delete(row)
  const broken = new Set([...linking.values()].flat())
  if (broken.size === 0) return []
  const ids: string[] = []
  for await (const { row, id } of storedIssues(ctx)) if (broken.has(row)) ids.push(id)
  return ids
}

async function* storedIssues(ctx: Context<JiraConfig>): AsyncGenerator<{ readonly row: string; readonly id: string }> {
  const { tenantId, id: integrationId } = ctx.integration
  for await (const rows of ctx.rows(workItems, { columns: ['external_id'] })) {
    for (const { external_id } of rows) {
      const id = String(external_id)
      yield { row: entityId(tenantId, integrationId, workItems.name, id), id }
    }
  }
}
