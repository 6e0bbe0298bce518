import type { Change, Lookup } from '@millrace/core'
import { adfToText } from './adf-to-text.ts'
import type { JiraIssue } from './api/issue-api.ts'
import { customFieldMapping } from './custom-field-mapping.ts'
import { hasDevelopment } from './development-field.ts'
import { changelogItems, changelogs } from './entities/changelogs.ts'
import { projects, storedFormerKeys } from './entities/projects.ts'
import { workItemKeys, workItems } from './entities/work-items.ts'
import { mapAccounts } from './map-accounts.ts'
import { mapCustomFields } from './map-custom-fields.ts'
import { mapComments, mapWorklogs, peopleOf } from './map-discussion.ts'
import { mapChangelogItems, mapKeys, mapTransitions, readHistories, transitionsOf } from './map-history.ts'
import { mapIssueLinks } from './map-issue-links.ts'
import { mapSprints } from './map-sprints.ts'
import { mapRead, mapUnread } from './map-unread.ts'
import { type JiraStatusFacts, statusRoles } from './status-roles.ts'
import { collectionKey } from './whole-collections.ts'
import { workflowMetrics } from './workflow-metrics.ts'

/** What belongs to an issue, besides what the issue itself tells. */
export interface IssueParts {
  /** Its whole history. */
  readonly histories: readonly unknown[]
  /** Collections that the issue only begins to tell, by `collectionKey`. */
  readonly collections: ReadonlyMap<string, readonly unknown[] | undefined>
  /** Whether it is read because something of it was not. */
  readonly isReadAgain: boolean
}

/** An issue with its complete history and everything else that belongs to it. */
export function* mapIssue(issue: JiraIssue, parts: IssueParts, lookup: Lookup): Iterable<Change> {
  const { id, key, fields } = issue
  const histories = readHistories(parts.histories)
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
    affected_versions: named(fields.versions),
    original_estimate_seconds: fields.timeoriginalestimate,
    remaining_estimate_seconds: fields.timeestimate,
    time_spent_seconds: fields.timespent,
    has_development: hasDevelopment({ fields: fields.all }),
    created: fields.created,
    updated: fields.updated,
    ...mapCustomFields(fields.all, customFieldMapping(lookup)),
    ...workflowMetrics(fields.created, transitionsOf(transitions), statusRoles(ownStatus(issue), lookup)),
  })
  yield changelogs.replace(id, transitions)
  yield changelogItems.replace(id, mapChangelogItems(id, histories))
  yield workItemKeys.replace(id, mapKeys(id, key, histories, formerKeys(fields.project?.id, lookup)))
  yield* mapSprints(id, fields.all)
  // Collections that the answer left out are not collections that the issue lost.
  if (fields.issuelinks !== null) yield mapIssueLinks(id, fields.issuelinks)
  const remarks =
    parts.collections.get(collectionKey(id, 'comments')) ?? whole(fields.comment, fields.comment?.comments)
  if (remarks) yield mapComments({ id, key }, remarks)
  const logged = parts.collections.get(collectionKey(id, 'worklogs')) ?? whole(fields.worklog, fields.worklog?.worklogs)
  if (logged) yield mapWorklogs(id, logged)
  if ((fields.comment && !remarks) || (fields.worklog && !logged)) yield mapUnread(id)
  else if (parts.isReadAgain) yield mapRead(id)
  const authors = histories.map(({ author }) => author)
  const people = [fields.assignee, fields.reporter, fields.creator, ...authors]
  yield* mapAccounts([...people, ...peopleOf(remarks ?? []), ...peopleOf(logged ?? [])])
}

/** Keys that a project had before. */
function formerKeys(projectId: string | undefined, lookup: Lookup): readonly string[] {
  return storedFormerKeys(projectId === undefined ? undefined : lookup.get(projects, projectId))
}

/** Entries of an embedded collection, unless it is cut. */
function whole(
  collection: { readonly total: number } | null,
  entries: readonly unknown[] | undefined,
): readonly unknown[] | undefined {
  return collection && entries && entries.length >= collection.total ? entries : undefined
}

function ownStatus({ fields: { status } }: JiraIssue): (JiraStatusFacts & { readonly id: string }) | null {
  if (!status) return null
  return { id: status.id, name: status.name, categoryKey: status.statusCategory?.key }
}

function named(
  values: readonly { readonly id: string | null; readonly name: string | null }[] | null,
): { id: string | null; name: string | null }[] {
  return (values ?? []).map(({ id, name }) => ({ id, name }))
}
