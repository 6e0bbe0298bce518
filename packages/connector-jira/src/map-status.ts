import type { Change, Lookup } from '@millrace/core'
import type { JiraStatus, ProjectStatusList } from './api/status-api.ts'
import { externalIdOf } from './by-name.ts'
import { projectsStatuses, statuses } from './entities/statuses.ts'
import { meaningOfStatus } from './status-roles.ts'

/** A status, and what people made of it. */
export function mapStatus(status: JiraStatus, lookup: Lookup): Change {
  const meaning = meaningOfStatus({ name: status.name, categoryKey: status.statusCategory?.key }, lookup)
  return statuses.upsert({
    id: status.id,
    name: status.name,
    description: status.description || null,
    category_key: status.statusCategory?.key ?? null,
    category_name: status.statusCategory?.name ?? null,
    scope_project_id: status.scope?.project?.id ?? null,
    mapped_name: meaning.name ?? status.name,
    mapped_category: meaning.category,
    status_mapping_id: externalIdOf(meaning.mapping),
    workflow_id: externalIdOf(meaning.workflow),
  })
}

/** The statuses of a project's workflows. They come per issue type, so the same status comes several times. */
export function* mapProjectStatuses(projectId: string, types: ProjectStatusList, lookup: Lookup): Iterable<Change> {
  const used = new Map<string, JiraStatus>()
  for (const type of types) for (const status of type.statuses) used.set(status.id, status)
  for (const status of used.values()) yield mapStatus(status, lookup)
  const links = [...used.keys()].map((statusId) => ({ project_id: projectId, status_id: statusId }))
  yield projectsStatuses.replace(projectId, links)
}
