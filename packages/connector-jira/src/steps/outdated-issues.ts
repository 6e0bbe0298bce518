import type { AnyEntity, AnyStep, Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { projects } from '../entities/projects.ts'
import { statuses } from '../entities/statuses.ts'
import { components, versions } from '../entities/versions-and-components.ts'
import type { JiraConfig } from '../jira-options.ts'
import { issuesWithOutdatedMetrics, READ_FOR_METRICS } from '../outdated-metrics.ts'
import { issuesWithOutdatedNames, READ_FOR_NAMES } from '../outdated-names.ts'
import { projectRowsInSight } from '../visible-projects.ts'
import { type MissedUnit, unitsOfMissed } from './missed-issues.ts'

const HOUR_MS = 3_600_000
/** Tables of what rows of issues repeat, or count by. */
const NAMED = [projects, versions, components, statuses]

/** When the run saw that one of these changed; or, without it, whatever earlier runs left behind. */
const unit = z.object({ changed_at: z.iso.datetime().optional(), what: z.enum(['names', 'metrics']).optional() })

/**
 * Issues repeat the key of their project and the names of their versions and components, links repeat the keys of other issues,
 * and metrics count by the categories of statuses. Jira touches no issue when one of these changes, so no window finds them. In
 * a run that saw such a change, the issues that hold something else are read again; and at the interval of the census, for runs
 * that failed before they came to it. Nothing is asked for where nothing is outdated.
 */
export function outdatedIssuesStep(
  step: DefineStep<JiraConfig>,
  stepsBefore: readonly AnyStep[],
  missedStep: Step<string, MissedUnit>,
): Step<'jira_outdated_issues', z.input<typeof unit>> {
  return step({
    name: 'jira_outdated_issues',
    displayName: 'Outdated Issues',
    after: stepsBefore,
    reads: [...new Set([...NAMED, ...READ_FOR_NAMES, ...READ_FOR_METRICS])],
    spawns: [missedStep],
    unit,
    unitKey: ({ changed_at, what }) => (changed_at === undefined ? 'left behind' : `${what} ${changed_at}`),
    body: z.strictObject({ issues: z.int() }),
    // A full sync reads all issues anyway.
    modes: ['incremental'],
    intervalMs: ({ censusIntervalHours }) => censusIntervalHours * HOUR_MS,
    async *units(ctx) {
      if (ctx.config.censusIntervalHours > 0) yield {}
      const changed_at = ctx.window.until.toISOString()
      for (const what of await changedInRun(ctx)) yield { changed_at, what }
    },
    async *extract({ unit: { changed_at, what } }, ctx) {
      // The first time, there is nothing that could have been left behind.
      if (changed_at === undefined && ctx.window.since === undefined) return
      const outdated = new Map([
        ...(what === 'metrics' ? [] : await issuesWithOutdatedNames(ctx)),
        ...(what === 'names' ? [] : await issuesWithOutdatedMetrics(ctx)),
      ])
      const inSight = outdated.size === 0 ? new Set() : await projectRowsInSight(ctx)
      const ids = [...outdated].flatMap(([id, project]) => (inSight.has(project) ? [id] : []))
      yield {
        body: JSON.stringify({ issues: ids.length }),
        next: null,
        // Nobody asks when a unit of this one moment was read.
        ...(changed_at !== undefined && { keepsWatermark: true }),
        spawn: unitsOfMissed(ids).map(missedStep.spawn),
      }
    },
    *transform() {
      // The issues come from the other step.
    },
  })
}

/** What a change of this run may have made outdated. The run that brings all for the first time brings all issues after it. */
async function changedInRun(ctx: Context<JiraConfig>): Promise<readonly ('names' | 'metrics')[]> {
  const changed = new Set<AnyEntity>()
  let hasOlder = false
  for (const entity of NAMED) {
    const columns = [entity === projects ? 'key' : 'name']
    const count = async (ofRun: boolean): Promise<number> => {
      let found = 0
      for await (const rows of ctx.rows(entity, { changedInRun: ofRun, columns })) found += rows.length
      return found
    }
    const found = await count(true)
    if (found > 0) changed.add(entity)
    hasOlder ||= found < (await count(false))
  }
  if (!hasOlder) return []
  return [
    ...([projects, versions, components].some((entity) => changed.has(entity)) ? (['names'] as const) : []),
    ...(changed.has(statuses) ? (['metrics'] as const) : []),
  ]
}
