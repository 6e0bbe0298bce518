import type { AnyStep, Context, DefineStep, Step, StoredRow } from '@millrace/core'
import { z } from 'zod'
import { issueLinks } from '../entities/issue-links.ts'
import { projects } from '../entities/projects.ts'
import { components, versions } from '../entities/versions-and-components.ts'
import { projectOfKey, workItemKeys, workItems } from '../entities/work-items.ts'
import type { JiraConfig } from '../jira-options.ts'
import { formerKeysOf } from '../map-history.ts'
import { rowId } from '../row-id.ts'
import { projectRowsInSight } from '../visible-projects.ts'
import { type MissedUnit, unitsOfMissed } from './missed-issues.ts'

const HOUR_MS = 3_600_000
/** Tables of names that rows of issues repeat. */
const NAMED = [projects, versions, components]

/** When the run saw that something is called otherwise; or, without it, whatever earlier runs left behind. */
const unit = z.object({ changed_at: z.iso.datetime().optional() })

/**
 * Issues repeat the key of their project and the names of their versions and components, and links the keys of other issues.
 * Jira touches no issue when one of these changes, so no window finds them. In a run that saw a change of their tables, issues
 * that hold something else are read again; and at the interval of the census, for runs that failed before they came to it.
 * Nothing is asked for where nothing is outdated.
 */
export function outdatedNamesStep(
  step: DefineStep<JiraConfig>,
  stepsBefore: readonly AnyStep[],
  missedStep: Step<string, MissedUnit>,
): Step<'jira_outdated_names', z.input<typeof unit>> {
  return step({
    name: 'jira_outdated_names',
    displayName: 'Outdated Names',
    after: stepsBefore,
    reads: [...NAMED, workItems, workItemKeys, issueLinks],
    spawns: [missedStep],
    unit,
    unitKey: ({ changed_at }) => changed_at ?? 'left behind',
    body: z.strictObject({ issues: z.int() }),
    // A full sync reads all issues anyway.
    modes: ['incremental'],
    intervalMs: ({ censusIntervalHours }) => censusIntervalHours * HOUR_MS,
    async *units(ctx) {
      if (ctx.config.censusIntervalHours > 0) yield {}
      if (await somethingChanged(ctx)) yield { changed_at: ctx.window.until.toISOString() }
    },
    async *extract({ unit: { changed_at } }, ctx) {
      // The first time, there is nothing that could have been left behind.
      if (changed_at === undefined && ctx.window.since === undefined) return
      const outdated = await outdatedIssues(ctx)
      const inSight = outdated.size === 0 ? new Set() : await projectRowsInSight(ctx)
      const ids = [...outdated].flatMap(([id, project]) => (inSight.has(project) ? [id] : []))
      yield {
        body: JSON.stringify({ issues: ids.length }),
        next: null,
        spawn: unitsOfMissed(ids).map(missedStep.spawn),
      }
    },
    *transform() {
      // The issues come from the other step.
    },
  })
}

async function somethingChanged(ctx: Context<JiraConfig>): Promise<boolean> {
  for (const entity of NAMED) {
    for await (const rows of ctx.rows(entity, { changedInRun: true, columns: [entity === projects ? 'key' : 'name'] }))
      if (rows.length > 0) return true
  }
  return false
}

/** By their ids, with the row of their project. */
async function outdatedIssues(ctx: Context<JiraConfig>): Promise<ReadonlyMap<string, unknown>> {
  const names = await namesOf(ctx)
  const linking = await issuesWithOutdatedLinks(names, ctx)
  const outdated = new Map<string, unknown>()
  /** Former keys that lead to an issue, of those projects that have any. */
  const formerKeys = new Map<string, { readonly id: string; readonly project: unknown }>()
  const columns = ['external_id', 'key', 'project_id', 'components', 'fix_versions', 'affected_versions']
  for await (const rows of ctx.rows(workItems, { columns })) {
    for (const row of rows) {
      const id = String(row.external_id)
      const key = String(row.key)
      const project = names.projects.get(row.project_id)
      const isRenamed = project !== undefined && project.key !== projectOfKey(key)
      if (isRenamed || hasOutdatedParts(row, names) || linking.has(rowId(ctx, workItems, id))) {
        outdated.set(id, row.project_id)
      }
      for (const former of formerKeysOf(key, project?.formerKeys ?? [])) {
        formerKeys.set(former, { id, project: row.project_id })
      }
    }
  }
  if (formerKeys.size > 0) {
    for await (const rows of ctx.rows(workItemKeys, { columns: ['key'] })) {
      for (const { key } of rows) formerKeys.delete(String(key))
    }
  }
  for (const { id, project } of formerKeys.values()) outdated.set(id, project)
  return outdated
}

interface Names {
  /** By the UUID of their row. */
  readonly projects: ReadonlyMap<unknown, { readonly key: string; readonly formerKeys: readonly string[] }>
  readonly versions: ReadonlyMap<string, unknown>
  readonly components: ReadonlyMap<string, unknown>
}

async function namesOf(ctx: Context<JiraConfig>): Promise<Names> {
  const found = { projects: new Map(), versions: new Map<string, unknown>(), components: new Map<string, unknown>() }
  for await (const rows of ctx.rows(projects, { columns: ['external_id', 'key', 'former_keys'] })) {
    for (const { external_id, key, former_keys } of rows) {
      const formerKeys = Array.isArray(former_keys) ? former_keys.map(String) : []
      found.projects.set(rowId(ctx, projects, String(external_id)), { key: String(key), formerKeys })
    }
  }
  for await (const rows of ctx.rows(versions, { columns: ['version_id', 'name'] })) {
    for (const { version_id, name } of rows) found.versions.set(String(version_id), name)
  }
  for await (const rows of ctx.rows(components, { columns: ['component_id', 'name'] })) {
    for (const { component_id, name } of rows) found.components.set(String(component_id), name)
  }
  return found
}

/** One that is not known says nothing: where Jira removes a version or a component, it touches the issues that had it. */
function hasOutdatedParts({ components, fix_versions, affected_versions }: StoredRow, names: Names): boolean {
  const differ = (list: unknown, known: ReadonlyMap<string, unknown>): boolean =>
    Array.isArray(list) && list.some(({ id, name }) => known.has(id) && known.get(id) !== name)
  return (
    differ(components, names.components) ||
    differ(fix_versions, names.versions) ||
    differ(affected_versions, names.versions)
  )
}

/** UUIDs of issues that name another one by a key that its project had before. */
async function issuesWithOutdatedLinks(names: Names, ctx: Context<JiraConfig>): Promise<ReadonlySet<unknown>> {
  const former = new Set([...names.projects.values()].flatMap(({ formerKeys }) => formerKeys))
  const linking = new Set<unknown>()
  if (former.size === 0) return linking
  for await (const rows of ctx.rows(issueLinks, { columns: ['work_item_id', 'linked_key'] })) {
    for (const { work_item_id, linked_key } of rows) {
      if (typeof linked_key === 'string' && former.has(projectOfKey(linked_key))) linking.add(work_item_id)
    }
  }
  return linking
}
