import type { AnyStep, Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { sprints, workItemsSprints } from '../entities/sprints.ts'
import { workItems } from '../entities/work-items.ts'
import type { JiraConfig } from '../jira-options.ts'
import { rowId } from '../row-id.ts'
import { storedIssues } from '../stored-issues.ts'
import { projectRowsInSight } from '../visible-projects.ts'
import { type MissedUnit, unitsOfMissed } from './missed-issues.ts'

/**
 * A sprint goes when its board no longer lists it; what was planned for it is told by the issues alone, and Jira plans those of
 * it for another sprint, or for none. So once boards were read, the issues that are stored as planned for a sprint that is gone
 * are read again. Those of a project that is out of sight stay as they are.
 */
export function deletedSprintsStep(
  step: DefineStep<JiraConfig>,
  sprintsStep: AnyStep,
  stepsOfIssues: readonly AnyStep[],
  missedStep: Step<string, MissedUnit>,
): Step<'jira_deleted_sprints', Record<string, never>> {
  return step({
    name: 'jira_deleted_sprints',
    displayName: 'Deleted Sprints',
    after: [sprintsStep, ...stepsOfIssues],
    reads: [sprints, workItemsSprints, workItems],
    spawns: [missedStep],
    body: z.strictObject({ issues: z.int() }),
    modes: ['incremental', 'full'],
    enabled: ({ boardsIntervalHours }) => boardsIntervalHours > 0,
    async *extract(_work, ctx) {
      // Only a list of sprints that was read says that one is gone.
      if ((await ctx.upToDateSince(sprintsStep)) === undefined) return
      const ids = await issuesOfDeletedSprints(ctx)
      if (ids.length === 0) return
      const spawn = unitsOfMissed(ids).map(missedStep.spawn)
      yield { body: JSON.stringify({ issues: ids.length }), next: null, spawn }
    },
    *transform() {
      // The issues come from the other step.
    },
  })
}

async function issuesOfDeletedSprints(ctx: Context<JiraConfig>): Promise<readonly string[]> {
  const known = new Set<unknown>()
  for await (const rows of ctx.rows(sprints, { columns: ['external_id'] })) {
    for (const { external_id } of rows) known.add(rowId(ctx, sprints, String(external_id)))
  }
  const planned = new Set<unknown>()
  for await (const rows of ctx.rows(workItemsSprints, { columns: ['work_item_id', 'sprint_id'] })) {
    for (const { work_item_id, sprint_id } of rows) if (!known.has(sprint_id)) planned.add(work_item_id)
  }
  if (planned.size === 0) return []
  const inSight = await projectRowsInSight(ctx)
  const issues = await storedIssues(planned, ctx)
  return [...issues.values()].filter(({ project }) => inSight.has(project)).map(({ id }) => id)
}
