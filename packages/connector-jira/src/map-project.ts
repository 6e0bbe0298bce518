import type { Change, Lookup } from '@millrace/core'
import type { JiraIssueType, JiraProject } from './api/project-api.ts'
import { byName, byReference, externalIdOf } from './by-name.ts'
import { projects } from './entities/projects.ts'
import { components, versions } from './entities/versions-and-components.ts'
import { projectsWits, wits } from './entities/wits.ts'
import { witsHierarchies } from './entities/wits-hierarchies.ts'
import { witsMappings } from './entities/wits-mappings.ts'
import { workItems } from './entities/work-items.ts'
import { mapAccounts } from './map-accounts.ts'

/** A project, its issue types, and which of them it uses. */
export function* mapProject(project: JiraProject, lookup: Lookup): Iterable<Change> {
  const state = project.deleted === true ? 'deleted' : project.archived === true ? 'archived' : 'live'
  yield projects.upsert({
    id: project.id,
    key: project.key,
    former_keys: formerKeysOf(project, lookup),
    name: project.name,
    description: project.description || null,
    project_type: project.projectTypeKey,
    style: project.style,
    simplified: project.simplified ?? false,
    is_private: project.isPrivate ?? false,
    archived: project.archived ?? false,
    state,
    category: project.projectCategory?.name ?? null,
    lead_account_id: project.lead?.accountId ?? null,
    lead_name: project.lead?.displayName ?? null,
  })
  yield* mapAccounts([project.lead])
  if (state === 'deleted') {
    // Jira says so itself, so nothing is doubted: what belonged to the project went with it.
    yield workItems.census([], { within: { column: 'project_id', externalId: project.id }, certain: true })
    yield versions.replace(project.id, [])
    yield components.replace(project.id, [])
  }
  // Types that the answer left out are not types that the project lost.
  if (project.issueTypes === null) return
  for (const type of project.issueTypes) yield mapIssueType(type, lookup)
  const links = project.issueTypes.map((type) => ({ project_id: project.id, wit_id: type.id }))
  yield projectsWits.replace(project.id, links)
}

/** An answer that does not list them leaves what is known; a key that the project has no more is one of them then. */
function formerKeysOf({ id, key, projectKeys }: JiraProject, lookup: Lookup): string[] {
  const known = lookup.get(projects, id)
  const remembered = Array.isArray(known?.former_keys) ? [...known.former_keys, known.key].map(String) : []
  return [...new Set(projectKeys ?? remembered)].filter((each) => each !== key).sort()
}

/** An issue type, and what people made of it. */
function mapIssueType(type: JiraIssueType, lookup: Lookup): Change {
  const mapping = byName(lookup, witsMappings, type.name)
  const hierarchy = byReference(lookup, witsHierarchies, mapping?.wits_hierarchy_id)
  return wits.upsert({
    id: type.id,
    name: type.name,
    description: type.description || null,
    hierarchy_level: type.hierarchyLevel,
    subtask: type.subtask ?? type.hierarchyLevel === -1,
    scope_project_id: type.scope?.project?.id ?? null,
    mapped_name: typeof mapping?.wit_to === 'string' ? mapping.wit_to : type.name,
    mapped_level: typeof hierarchy?.level_number === 'number' ? hierarchy.level_number : type.hierarchyLevel,
    wit_mapping_id: externalIdOf(mapping),
    wits_hierarchy_id: externalIdOf(hierarchy),
  })
}
