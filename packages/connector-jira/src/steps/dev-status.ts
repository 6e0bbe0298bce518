import type { Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { ISSUES_AT_A_TIME, mapPanels, panelBodies, panelBody, readPanels } from '../development-panels.ts'
import type { JiraConfig } from '../jira-options.ts'

const unit = z.object({ issue_ids: z.array(z.string()).min(1) })

export type DevStatusUnit = z.input<typeof unit>

/** How many issues of the unit are read. */
const cursor = z.int()

const ISSUES_PER_UNIT = 50
/** Pull requests, branches and commits of the issues that changed, from their development panels. */
export function devStatusStep(step: DefineStep<JiraConfig>): Step<'jira_dev_status', DevStatusUnit> {
  return step({
    name: 'jira_dev_status',
    displayName: 'Development Status',
    enabled: devStatusEnabled,
    unit,
    cursor,
    body: panelBody,
    transformVersion: 3,
    items: 'issues',
    units: () => [],
    async *extract({ unit: { issue_ids }, from = 0 }, ctx) {
      for (let read = from; read < issue_ids.length; read += ISSUES_AT_A_TIME) {
        const panels = await readPanels(issue_ids.slice(read, read + ISSUES_AT_A_TIME), ctx)
        const done = read + ISSUES_AT_A_TIME
        const last = panels === 'unavailable' || done >= issue_ids.length
        yield { bodies: panelBodies(panels, ctx.config), next: last ? null : done }
      }
    },
    *transform({ bodies }) {
      yield* mapPanels(bodies)
    },
  })
}

export function devStatusEnabled(config: JiraConfig, options: Context<JiraConfig>['options']): boolean {
  return options.includeDevStatus ?? config.includeDevStatus
}

/** Units for the issues of a page: of this step, or of another that reads issue by issue. */
export function unitsOfIssues(issues: readonly { readonly id: string }[]): readonly DevStatusUnit[] {
  const ids = issues.map(({ id }) => id)
  return Array.from({ length: Math.ceil(ids.length / ISSUES_PER_UNIT) }, (_, batch) => ({
    issue_ids: ids.slice(batch * ISSUES_PER_UNIT, (batch + 1) * ISSUES_PER_UNIT),
  }))
}
