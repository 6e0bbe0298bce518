import type { Change } from '@millrace/core'
import type { JiraStatus, ProjectStatusList } from './api/status-api.ts'
import { projectsStatuses, statuses } from './entities/statuses.ts'

export function mapStatus(status: JiraStatus): Change {
  return statuses.upsert({
    id: status.id,
    name: status.name,
    description: status.description || null,
    category_key: status.statusCategory?.key ?? null,
    category_name: status.statusCategory?.name ?? null,
    scope_project_id: status.scope?.project?.id ?? null,
  })
}

/** The statuses of a project's workflows. They come per issue type, so the same status comes several times. */
export function* mapProjectStatuses(projectId: string, types: ProjectStatusList): Iterable<Change> {
  const used = new Map<string, JiraStatus>()
  for (const type of types) for (const status of type.statuses) used.set(status.id, status)
  for (const status of used.values()) yield mapStatus(status)
  const links = [...used.keys()].map((statusId) => ({ project_id: projectId, status_id: statusId }))
  yield projectsStatuses.replace(projectId, links)
}
