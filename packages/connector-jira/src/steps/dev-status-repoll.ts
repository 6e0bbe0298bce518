import type { AnyStep, Context, DefineStep, Step, StoredRow } from '@millrace/core'
import { z } from 'zod'
import { ISSUES_AT_A_TIME, mapPanels, panelBodies, panelBody, readPanels } from '../development-panels.ts'
import { workItemsBranches, workItemsCommits, workItemsPrs } from '../entities/development.ts'
import { workItems } from '../entities/work-items.ts'
import type { JiraConfig } from '../jira-options.ts'
import { rowId } from '../row-id.ts'
import { projectRowsInSight } from '../visible-projects.ts'
import { devStatusEnabled } from './dev-status.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** What is looked at of an issue. */
const COLUMNS = ['external_id', 'project_id', 'has_development', 'updated']
/** What is stored of panels. */
const SHOWN_HERE = [workItemsPrs, workItemsBranches, workItemsCommits]

/**
 * Development panels change without touching their issue: a pull request is opened, merged or unlinked, and Jira tells
 * nobody. So those that show something, there or here, and those of issues that changed lately, are looked at again from time
 * to time.
 */
export function devStatusRepollStep(
  step: DefineStep<JiraConfig>,
  stepsOfIssues: readonly AnyStep[],
): Step<'jira_dev_status_repoll', Record<string, never>> {
  return step({
    name: 'jira_dev_status_repoll',
    displayName: 'Development Status, Again',
    after: stepsOfIssues,
    reads: [workItems, ...SHOWN_HERE],
    // A full sync reads all panels anyway.
    modes: ['incremental'],
    enabled: (config, options) => devStatusEnabled(config, options) && config.devStatusRepollHours > 0,
    intervalMs: ({ devStatusRepollHours }) => devStatusRepollHours * HOUR_MS,
    /** The id of the last issue that was read. */
    cursor: z.int(),
    body: panelBody,
    items: 'issues',
    async *extract({ from = 0 }, ctx) {
      const ids = (await idsToRead(ctx)).filter((id) => id > from)
      for (let read = 0; read < ids.length; read += ISSUES_AT_A_TIME) {
        const group = ids.slice(read, read + ISSUES_AT_A_TIME)
        const panels = await readPanels(group.map(String), ctx)
        const last = panels === 'unavailable' || read + ISSUES_AT_A_TIME >= ids.length
        yield { bodies: panelBodies(panels, ctx.config), next: last ? null : (group.at(-1) ?? from) }
      }
    },
    *transform({ bodies }) {
      yield* mapPanels(bodies)
    },
  })
}

/**
 * In the order of their ids, which is the same after a pause. Panels of issues of this run have been read in it, unless the
 * issue said that there is nothing to read; what it reads for the first time can have lost nothing. Those of a project that is out of sight show nothing, or a refusal that looks as if
 * the whole API were closed: they keep what was read.
 */
async function idsToRead(ctx: Context<JiraConfig>): Promise<readonly number[]> {
  const isFirst = ctx.window.since === undefined
  const read = new Set<unknown>()
  for await (const rows of ctx.rows(workItems, { changedInRun: true, columns: COLUMNS }))
    for (const row of rows) if (isFirst || row.has_development === true) read.add(row.external_id)
  const shownHere = new Set<unknown>()
  for (const entity of SHOWN_HERE) {
    for await (const rows of ctx.rows(entity, { columns: ['work_item_id'] }))
      for (const row of rows) shownHere.add(row.work_item_id)
  }
  const inSight = await projectRowsInSight(ctx)
  const recent = ctx.window.until.getTime() - ctx.config.devStatusRepollDays * DAY_MS
  const ids: number[] = []
  for await (const rows of ctx.rows(workItems, { columns: COLUMNS })) {
    for (const row of rows) {
      const issue = rowId(ctx, workItems, String(row.external_id))
      const wanted = row.has_development === true || updatedAt(row) >= recent || shownHere.has(issue)
      if (wanted && inSight.has(row.project_id) && !read.has(row.external_id)) ids.push(Number(row.external_id))
    }
  }
  return ids.sort((left, right) => left - right)
}

function updatedAt({ updated }: StoredRow): number {
  return updated instanceof Date ? updated.getTime() : Date.parse(String(updated))
}
