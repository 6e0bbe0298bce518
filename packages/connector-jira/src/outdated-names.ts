import type { Context, StoredRow } from '@millrace/core'
import { issueLinks } from './entities/issue-links.ts'
import { projects, storedFormerKeys } from './entities/projects.ts'
import { components, versions } from './entities/versions-and-components.ts'
import { projectOfKey, workItemKeys, workItems } from './entities/work-items.ts'
import type { JiraConfig } from './jira-options.ts'
import { formerKeysOf } from './map-history.ts'
import { rowId } from './row-id.ts'
import { rowsByIssue } from './rows-by-issue.ts'

/** What a step must read that asks for issues with outdated names. */
export const READ_FOR_NAMES = [projects, versions, components, workItems, workItemKeys, issueLinks]

/**
 * Issues that repeat a key or a name otherwise than the row that it is of, or are not known by a former key of their project.
 * By their ids, with the row of their project.
 */
export async function issuesWithOutdatedNames(ctx: Context<JiraConfig>): Promise<ReadonlyMap<string, unknown>> {
  const names = await namesOf(ctx)
  const linking = await issuesWithOutdatedLinks(names, ctx)
  const outdated = new Map<string, unknown>()
  const hasFormerKeys = [...names.projects.values()].some(({ formerKeys }) => formerKeys.length > 0)
  const storedKeys = hasFormerKeys ? rowsByIssue(ctx, workItemKeys, ['key']) : undefined
  const columns = ['external_id', 'key', 'project_id', 'components', 'fix_versions', 'affected_versions']
  for await (const rows of ctx.rows(workItems, { columns })) {
    for (const row of rows) {
      const id = String(row.external_id)
      const key = String(row.key)
      const project = names.projects.get(row.project_id)
      const issue = rowId(ctx, workItems, id)
      const isRenamed = project !== undefined && project.key !== projectOfKey(key)
      const expected = formerKeysOf(key, project?.formerKeys ?? [])
      const known = new Set((await storedKeys?.of(issue))?.map((each) => each.key))
      const lacksKeys = expected.some((each) => !known.has(each))
      if (isRenamed || lacksKeys || hasOutdatedParts(row, names) || linking.has(issue)) outdated.set(id, row.project_id)
    }
  }
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
    for (const row of rows) {
      const project = { key: String(row.key), formerKeys: storedFormerKeys(row) }
      found.projects.set(rowId(ctx, projects, String(row.external_id)), project)
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

/**
 * UUIDs of issues that name another one by a key that its project had before. Where another project has that key now, it may well
 * be the right one.
 */
async function issuesWithOutdatedLinks(names: Names, ctx: Context<JiraConfig>): Promise<ReadonlySet<unknown>> {
  const all = [...names.projects.values()]
  const former = new Set(all.flatMap(({ formerKeys }) => formerKeys)).difference(new Set(all.map(({ key }) => key)))
  const linking = new Set<unknown>()
  if (former.size === 0) return linking
  for await (const rows of ctx.rows(issueLinks, { columns: ['work_item_id', 'linked_key'] })) {
    for (const { work_item_id, linked_key } of rows) {
      if (typeof linked_key === 'string' && former.has(projectOfKey(linked_key))) linking.add(work_item_id)
    }
  }
  return linking
}
