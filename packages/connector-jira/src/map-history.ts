import type { RowOf } from '@millrace/core'
import { history as historySchema, type JiraHistory, type JiraHistoryItem } from './api/issue-api.ts'
import type { changelogItems, changelogs } from './entities/changelogs.ts'
import { projectOfKey, type workItemKeys } from './entities/work-items.ts'
import type { Transition } from './workflow-metrics.ts'

export type ChangelogRow = RowOf<(typeof changelogs)['columns']['shape']>
export type ChangelogItemRow = RowOf<(typeof changelogItems)['columns']['shape']>
export type WorkItemKeyRow = RowOf<(typeof workItemKeys)['columns']['shape']>

interface Entry {
  readonly history: JiraHistory
  readonly item: JiraHistoryItem
  readonly index: number
}

/**
 * The history entries of one issue, oldest first. Pages of a bulk fetch overlap where a provider repeats itself: an entry
 * counts once.
 */
export function readHistories(raw: readonly unknown[]): readonly JiraHistory[] {
  const byId = new Map<string, JiraHistory>()
  for (const value of raw) {
    const history = historySchema.parse(value)
    byId.set(history.id, history)
  }
  return [...byId.values()].sort(
    (left, right) => left.created.getTime() - right.created.getTime() || byNumber(left, right),
  )
}

/** Every item of every entry. */
export function mapChangelogItems(issueId: string, histories: readonly JiraHistory[]): readonly ChangelogItemRow[] {
  return entries(histories).map(({ history, item, index }) => ({
    work_item_id: issueId,
    history_id: history.id,
    item_index: index,
    field: item.field,
    field_type: item.fieldtype,
    field_id: item.fieldId,
    from_value: item.from,
    from_string: item.fromString,
    to_value: item.to,
    to_string: textAfter(item),
    changed_at: history.created,
    ...author(history),
  }))
}

/** The status transitions; each tells how long the status before it had lasted. */
export function mapTransitions(
  issueId: string,
  created: Date | null,
  histories: readonly JiraHistory[],
): readonly ChangelogRow[] {
  let enteredAt = created
  return entries(histories)
    .filter(({ item }) => isStatusChange(item))
    .map(({ history, item, index }) => {
      const start = enteredAt
      enteredAt = history.created
      return {
        work_item_id: issueId,
        history_id: history.id,
        item_index: index,
        from_status_id: item.from,
        to_status_id: item.to,
        transition_start_date: start,
        transition_change_date: history.created,
        time_in_status_seconds: start && Math.max(0, history.created.getTime() - start.getTime()) / 1000,
        ...author(history),
      }
    })
}

/** What the metrics need of the transitions. */
export function transitionsOf(rows: readonly ChangelogRow[]): readonly Transition[] {
  return rows.map((row) => ({ from: row.from_status_id, to: row.to_status_id, at: row.transition_change_date }))
}

/**
 * Every key that leads to the issue: those that it ever had, and those that begin with a former key of its project, which no
 * history tells of.
 *
 * @param formerProjectKeys of the project that it is in
 */
export function mapKeys(
  issueId: string,
  currentKey: string,
  histories: readonly JiraHistory[],
  formerProjectKeys: readonly string[] = [],
): readonly WorkItemKeyRow[] {
  const keys = new Set([currentKey, ...formerKeysOf(currentKey, formerProjectKeys)])
  for (const { item } of entries(histories)) {
    if (!isKeyChange(item)) continue
    for (const key of [item.fromString, textAfter(item)]) if (key) keys.add(key)
  }
  return [...keys].map((key) => ({ work_item_id: issueId, key, is_current: key === currentKey }))
}

/** The keys by which an issue was known when its project had these. */
export function formerKeysOf(key: string, formerProjectKeys: readonly string[]): readonly string[] {
  const number = key.slice(projectOfKey(key).length)
  return formerProjectKeys.map((former) => `${former}${number}`)
}

function entries(histories: readonly JiraHistory[]): readonly Entry[] {
  return histories.flatMap((history) => history.items.map((item, index) => ({ history, item, index })))
}

/** A custom field may be called "status" too; its id tells it apart, or its type where the id is missing. */
function isStatusChange(item: JiraHistoryItem): boolean {
  return item.fieldId === null ? item.field === 'status' && item.fieldtype !== 'custom' : item.fieldId === 'status'
}

function isKeyChange(item: JiraHistoryItem): boolean {
  return item.field === 'Key' && item.fieldtype !== 'custom'
}

/** The property `toString` of an item; without one of its own an object would answer with the inherited function. */
function textAfter(item: JiraHistoryItem): string | null {
  if (!Object.hasOwn(item, 'toString')) return null
  const value: unknown = Reflect.get(item, 'toString')
  return typeof value === 'string' ? value : null
}

function author(history: JiraHistory): { changed_by_account_id: string | null; changed_by_name: string | null } {
  return {
    changed_by_account_id: history.author?.accountId || null,
    changed_by_name: history.author?.displayName ?? null,
  }
}

/** Ids grow, and are numbers as long as they are not something else. */
function byNumber(left: JiraHistory, right: JiraHistory): number {
  return Number(left.id) - Number(right.id) || (left.id < right.id ? -1 : 1)
}
