import type { AnyStep, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { customFields } from '../entities/custom-fields.ts'
import { customFieldsMapping } from '../entities/custom-fields-mapping.ts'
import { projects } from '../entities/projects.ts'
import { statuses } from '../entities/statuses.ts'
import { statusesMappings } from '../entities/statuses-mappings.ts'
import { workflows } from '../entities/workflows.ts'
import { issueBody, issuesWithParts, mapIssues, type StepsOfIssues } from '../issue-pages.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { ISSUES_TRANSFORM_VERSION } from './issues-with-changelogs.ts'

/** Ids of issues in ascending order. */
const unit = z.object({ issue_ids: z.array(z.string()).min(1) })

export type MissedUnit = z.input<typeof unit>

/** So that workers share what a restored project brings back, and each finds something to do. */
const ISSUES_PER_UNIT = 500

/**
 * Issues that a census found and that are not stored: restored from the trash, shown again, or missed for whatever reason; and
 * those of which something was out of sight when it was to be read, or that other steps found outdated. No window would ever find
 * them, since nothing of them has changed. As many requests as a first read of them takes.
 */
export function missedIssuesStep(
  step: DefineStep<JiraConfig>,
  stepsOfNames: readonly AnyStep[],
  steps: StepsOfIssues,
): Step<'jira_missed_issues', MissedUnit> {
  return step({
    name: 'jira_missed_issues',
    displayName: 'Missed Issues',
    after: stepsOfNames,
    reads: [projects, statuses, statusesMappings, workflows, customFields, customFieldsMapping],
    spawns: [steps.devStatus, steps.remoteLinks],
    unit,
    /** The id of the last issue that was asked for. */
    cursor: z.int(),
    body: issueBody,
    items: 'issues',
    transformVersion: ISSUES_TRANSFORM_VERSION,
    units: () => [],
    async *extract({ unit: { issue_ids }, from = 0 }, ctx) {
      const client = jiraClient(ctx)
      const left = (after: number): readonly string[] => issue_ids.filter((id) => Number(id) > after)
      for (let after = from, ids = left(after); ids.length > 0; ) {
        const asked = ids.slice(0, ctx.config.issuesPerPage)
        const answer = await client.issuesById(asked)
        // Issues that are gone again are absent; so is what did not fit into an answer, and comes with the next one.
        after = Number(answer.body.issues.at(-1)?.id ?? asked.at(-1))
        ids = left(after)
        yield await issuesWithParts(answer, ids.length === 0 ? null : after, steps, ctx)
      }
    },
    *transform({ bodies }, lookup) {
      yield* mapIssues(bodies, lookup, true)
    },
  })
}

/** Units for these issues. */
export function unitsOfMissed(issueIds: Iterable<string>): readonly MissedUnit[] {
  const ids = [...issueIds].sort((left, right) => Number(left) - Number(right))
  return Array.from({ length: Math.ceil(ids.length / ISSUES_PER_UNIT) }, (_, batch) => ({
    issue_ids: ids.slice(batch * ISSUES_PER_UNIT, (batch + 1) * ISSUES_PER_UNIT),
  }))
}
