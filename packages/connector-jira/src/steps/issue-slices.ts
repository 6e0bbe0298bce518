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
import { ISSUES_TRANSFORM_VERSION } from './issues-with-changelogs.ts'
import type { UnreadUnit } from './unread-issues.ts'

const day = z.iso.date().nullable()
const unit = z.object({ project_id: z.string(), project_key: z.string(), created_from: day, created_before: day })

export type SliceUnit = z.input<typeof unit>

/** Issues of projects that have very many, slice by slice, so that several workers share a project when it is read as a whole. */
export function issueSlicesStep(
  step: DefineStep<JiraConfig>,
  stepsOfNames: readonly AnyStep[],
  steps: StepsOfIssues,
  unreadStep: Step<string, UnreadUnit>,
): Step<'jira_issue_slices', SliceUnit> {
  return step({
    name: 'jira_issue_slices',
    displayName: 'Issues of Huge Projects',
    after: stepsOfNames,
    reads: [projects, statuses, statusesMappings, workflows, customFields, customFieldsMapping],
    spawns: [steps.devStatus, steps.remoteLinks, unreadStep],
    unit,
    unitKey: ({ project_id, created_from, created_before }) =>
      `${project_id}/${created_from ?? ''}/${created_before ?? ''}`,
    cursor: searchCursor,
    body: issueBody,
    items: 'issues',
    transformVersion: ISSUES_TRANSFORM_VERSION,
    units: () => [],
    extract({ unit: { project_id, created_from, created_before }, from }, ctx) {
      const scope = { projectId: project_id, createdFrom: created_from, createdBefore: created_before }
      // A slice has no window of its own, and that of its project has moved on.
      return whileInSight(project_id, ctx, issuePages(scope, from, steps, ctx), [unreadStep.spawn({ project_id })])
    },
    *transform({ bodies }, lookup) {
      yield* mapIssues(bodies, lookup)
    },
  })
}
