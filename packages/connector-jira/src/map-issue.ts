import type { Change, Lookup } from '@millrace/core'
import { adfToText } from './adf-to-text.ts'
import type { JiraIssue } from './api/issue-api.ts'
import { changelogItems, changelogs } from './entities/changelogs.ts'
import { statuses } from './entities/statuses.ts'
import { workItemKeys, workItems } from './entities/work-items.ts'
import { type CustomFieldMapping, mapCustomFields } from './map-custom-fields.ts'
import { mapChangelogItems, mapKeys, mapTransitions, readHistories, transitionsOf } from './map-history.ts'
import { categoryOfKey, type StatusRoles, workflowMetrics } from './workflow-metrics.ts'

/** Without a mapping every custom field is kept in the overflow. */
const NO_MAPPING: CustomFieldMapping = {}

/** An issue with its complete history: the work item, its transitions, its history items and its keys. */
export function* mapIssue(issue: JiraIssue, rawHistories: readonly unknown[], lookup: Lookup): Iterable<Change> {
  const { id, key, fields } = issue
  const histories = readHistories(rawHistories)
  const transitions = mapTransitions(id, fields.created, histories)
  yield workItems.upsert({
    id,
    key,
    project_id: fields.project?.id ?? null,
    wit_id: fields.issuetype?.id ?? null,
    status_id: fields.status?.id ?? null,
    parent_id: fields.parent?.id ?? null,
    summary: fields.summary,
    description: adfToText(fields.description),
    assignee_account_id: fields.assignee?.accountId ?? null,
    assignee_name: fields.assignee?.displayName ?? null,
    reporter_account_id: fields.reporter?.accountId ?? null,
    reporter_name: fields.reporter?.displayName ?? null,
    creator_account_id: fields.creator?.accountId ?? null,
    creator_name: fields.creator?.displayName ?? null,
    priority: fields.priority?.name ?? null,
    resolution: fields.resolution?.name ?? null,
    resolved_at: fields.resolutiondate,
    due_date: fields.duedate,
    labels: fields.labels ?? [],
    components: named(fields.components),
    fix_versions: named(fields.fixVersions),
    created: fields.created,
    updated: fields.updated,
    ...mapCustomFields(fields, NO_MAPPING),
    ...workflowMetrics(fields.created, transitionsOf(transitions), statusRoles(issue, lookup)),
  })
  yield changelogs.replace(id, transitions)
  yield changelogItems.replace(id, mapChangelogItems(id, histories))
  yield workItemKeys.replace(id, mapKeys(id, key, histories))
}

/** Categories come from the loaded statuses; a status that is not among them is looked for in the issue itself. */
function statusRoles(issue: JiraIssue, lookup: Lookup): StatusRoles {
  const own = issue.fields.status
  return {
    category: (statusId) => {
      const stored = lookup.get(statuses, statusId)
      if (stored) return categoryOfKey(stored.category_key)
      return own?.id === statusId ? categoryOfKey(own.statusCategory?.key) : null
    },
    // Which statuses are reviews is a matter of mapping, and Jira has no category for it.
    isReview: () => false,
  }
}

function named(
  values: readonly { readonly id: string | null; readonly name: string | null }[] | null,
): { id: string | null; name: string | null }[] {
  return (values ?? []).map(({ id, name }) => ({ id, name }))
}
