import type { AnyStep, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { customFields } from '../entities/custom-fields.ts'
import { customFieldsMapping } from '../entities/custom-fields-mapping.ts'
import { projects } from '../entities/projects.ts'
import { statuses } from '../entities/statuses.ts'
import { statusesMappings } from '../entities/statuses-mappings.ts'
import { workflows } from '../entities/workflows.ts'
import { issueBody, issuePages, mapIssues, type StepsOfIssues } from '../issue-pages.ts'
import type { JiraConfig } from '../jira-options.ts'
import { whileInSight } from '../out-of-sight.ts'
import { searchCursor } from '../search-issues.ts'
import { slicesOfProject } from '../slices-of-project.ts'
import { visibleProjects } from '../visible-projects.ts'
import type { SliceUnit } from './issue-slices.ts'

/** Slices are transformed in the same way. */
export const ISSUES_TRANSFORM_VERSION = 7

export const issueUnit = z.object({ project_id: z.string(), project_key: z.string() })

export type IssueUnit = z.input<typeof issueUnit>

/**
 * Issues with their complete histories, one unit per project. Issues with something to link become units of the next step. A
 * project of very many issues that is read as a whole becomes units of another step.
 */
export function issuesStep(
  step: DefineStep<JiraConfig>,
  stepsOfNames: readonly AnyStep[],
  slicesStep: Step<string, SliceUnit>,
  steps: StepsOfIssues,
): Step<'jira_issues_with_changelogs', IssueUnit> {
  return step({
    name: 'jira_issues_with_changelogs',
    displayName: 'Issues & Changelogs',
    after: stepsOfNames,
    reads: [projects, statuses, statusesMappings, workflows, customFields, customFieldsMapping],
    spawns: [slicesStep, steps.devStatus, steps.remoteLinks],
    unit: issueUnit,
    // A project keeps its id when its key changes.
    unitKey: ({ project_id }) => project_id,
    cursor: searchCursor,
    body: issueBody,
    items: 'issues',
    transformVersion: ISSUES_TRANSFORM_VERSION,
    async *units(ctx) {
      // Asked anew: a project that was loaded once may be out of sight today, and its query would fail.
      for await (const found of visibleProjects(ctx, ['live'])) {
        for (const { id, key } of found.projects) yield { project_id: id, project_key: key }
      }
    },
    extract({ unit: { project_id: projectId, project_key }, from }, ctx) {
      async function* pages(): ReturnType<typeof issuePages> {
        const whole = from === undefined && ctx.window.since === undefined
        const slices = whole ? await slicesOfProject(projectId, ctx) : []
        if (slices.length === 0) return yield* issuePages({ projectId }, from, steps, ctx)
        const spawn = slices.map((slice) => slicesStep.spawn({ project_id: projectId, project_key, ...slice }))
        yield { body: JSON.stringify({ slices: slices.length }), next: null, spawn }
      }
      return whileInSight(projectId, ctx, pages())
    },
    *transform({ bodies }, lookup) {
      yield* mapIssues(bodies, lookup)
    },
  })
}
