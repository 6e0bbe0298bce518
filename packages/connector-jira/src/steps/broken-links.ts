import type { AnyStep, Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { issueLinks } from '../entities/issue-links.ts'
import { projects } from '../entities/projects.ts'
import { projectOfKey, workItems } from '../entities/work-items.ts'
import type { JiraConfig } from '../jira-options.ts'
import { rowId } from '../row-id.ts'
import { storedIssues } from '../stored-issues.ts'
import { visibleProjects } from '../visible-projects.ts'
import { type MissedUnit, unitsOfMissed } from './missed-issues.ts'

const HOUR_MS = 3_600_000

/**
 * Jira removes the links of an issue that is deleted or hidden, and brings them back with it, without touching the issues at
 * their other ends: no window finds those. Each end has a row, so where one is missing, the issue that has the wrong one, or
 * lacks one, is read again. That is the issue at the other end where it is stored; else this one, if the other should be
 * stored and is gone. One of a project that is not mirrored has no row either; one that is out of sight is left as it is.
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
      yield { body: JSON.stringify({ issues: ids.size }), next: null, spawn }
    },
    *transform() {
      // The issues come from the other step.
    },
  })
}

interface End {
  /** The row of the issue that has the link, and that of the issue that it leads to. */
  readonly issue: unknown
  readonly other: unknown
  readonly isMirrored: boolean
}

/** Memory grows with the number of links, not of issues. */
async function issuesWithBrokenLinks(ctx: Context<JiraConfig>): Promise<ReadonlySet<string>> {
  const { keys, inSight } = await mirroredProjects(ctx)
  /** Of each link the only end that is known. */
  const single = new Map<unknown, End>()
  const columns = ['work_item_id', 'link_id', 'linked_work_item_id', 'linked_key']
  for await (const rows of ctx.rows(issueLinks, { columns })) {
    for (const { work_item_id: issue, link_id, linked_work_item_id: other, linked_key } of rows) {
      const isMirrored = typeof linked_key === 'string' && keys.has(projectOfKey(linked_key))
      if (!single.delete(link_id)) single.set(link_id, { issue, other, isMirrored })
    }
  }
  const ids = new Set<string>()
  if (single.size === 0) return ids
  const known = await storedIssues(new Set([...single.values()].flatMap(({ issue, other }) => [issue, other])), ctx)
  for (const { issue, other, isMirrored } of single.values()) {
    const own = known.get(issue)
    if (!own || !inSight.has(own.project)) continue
    const end = known.get(other)
    if (end && inSight.has(end.project)) ids.add(end.id)
    if (!end && isMirrored) ids.add(own.id)
  }
  return ids
}

interface Projects {
  /** Of projects whose issues are, or were, stored as a whole. */
  readonly keys: ReadonlySet<string>
  /** Rows of those whose issues the account may browse now. */
  readonly inSight: ReadonlySet<unknown>
}

async function mirroredProjects(ctx: Context<JiraConfig>): Promise<Projects> {
  const keys = new Set<string>()
  const inSight = new Set<string>()
  for await (const found of visibleProjects(ctx, ['live', 'deleted'])) {
    for (const { id, key, deleted } of found.projects) {
      keys.add(key)
      if (deleted !== true) inSight.add(rowId(ctx, projects, id))
    }
  }
  return { keys, inSight }
}
