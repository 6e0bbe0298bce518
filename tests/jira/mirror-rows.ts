import type { AnyEntity, Loader, StoredRow } from '@millrace/core'
import { hasDevelopment } from '../../packages/connector-jira/src/development-field.ts'
import { workflowMetricColumns } from '../../packages/connector-jira/src/entities/workflow-metric-columns.ts'
import { changelogs, jira, statuses, workItems } from '../../packages/connector-jira/src/index.ts'

/** Live rows by their primary key, with every column that is loaded; references are UUIDs, which follow from Jira's ids. */
export type MirrorRows = ReadonlyMap<AnyEntity, ReadonlyMap<string, StoredRow>>

/** What is loaded; what people decide comes from no site. */
const LOADED = jira.entities.filter(({ edited }) => edited === undefined)

/** Reads back all that a loader holds of an account. */
export async function storedRows(
  loader: Loader,
  scope: { readonly tenantId: number; readonly integrationId: number },
): Promise<MirrorRows> {
  const tables = new Map<AnyEntity, ReadonlyMap<string, StoredRow>>()
  for (const entity of LOADED) {
    const rows = (await Array.fromAsync(loader.read(scope, entity))).flat()
    tables.set(entity, new Map(rows.map(({ key, values }) => [key, JSON.parse(JSON.stringify(values, withoutNul))])))
  }
  return tables
}

/** PostgreSQL stores no NUL. */
function withoutNul(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '') : value
}

/** References told by Jira's ids, or null where nothing lives. */
export function toldByJira(stored: MirrorRows, entity: AnyEntity): readonly StoredRow[] {
  const told = ([column, value]: readonly [string, unknown]): readonly [string, unknown] => {
    const target = entity.references[column]
    if (target === undefined || value === null) return [column, value]
    return [column, stored.get(target)?.get(String(value))?.external_id ?? null]
  }
  return [...(stored.get(entity)?.values() ?? [])].map((row) => Object.fromEntries(Object.entries(row).map(told)))
}

/**
 * Things of the whole site, which are remembered though nobody tells of them any more; and notes of what is to be read again,
 * which a run may leave that has read it twice.
 */
const REMEMBERED: readonly string[] = [
  'accounts',
  'wits',
  'projects_wits',
  'statuses',
  'projects_statuses',
  'unread_work_items',
]

/**
 * Columns that Jira changes without touching the issue, so that only a full sync finds them all: whether its development panel
 * shows anything (and, in the overflow, the field that says so), the present key of an issue that is linked, which is named by
 * its id besides, what priorities and resolutions are called, and what people (and, in the overflow, sprints) are, who are named by their ids
 * besides.
 */
const UNTOLD: Readonly<Record<string, readonly string[]>> = {
  work_items: ['has_development', 'priority', 'resolution', 'assignee_name', 'reporter_name', 'creator_name'],
  issue_links: ['linked_key'],
  accounts: ['display_name'],
  changelogs: ['changed_by_name'],
  changelog_items: ['changed_by_name'],
  comments: ['author_name'],
  worklogs: ['author_name'],
}

/** Times and counts that follow from an issue's transitions and from what is known of their statuses. */
const METRICS: readonly string[] = Object.keys(workflowMetricColumns)

/**
 * Where two mirrors of one site differ, one of which has a past: in any column of any row, but for what nobody is told unless
 * the past ends with a full sync.
 */
export function differences(
  withPast: MirrorRows,
  without: MirrorRows,
  ends: 'incremental' | 'full' = 'incremental',
): readonly string[] {
  const isTold = (entity: AnyEntity, column: string): boolean =>
    ends === 'full' || UNTOLD[entity.name]?.includes(column) !== true
  const canonical = ends === 'full' ? exact : asTold
  const unknowns = withUnknownStatuses(without)
  return LOADED.flatMap((entity) => {
    const [old, fresh] = [withPast.get(entity) ?? new Map(), without.get(entity) ?? new Map()]
    const keys = REMEMBERED.includes(entity.name) ? fresh.keys() : new Set([...old.keys(), ...fresh.keys()])
    return [...keys].flatMap((key) => {
      const [is, should] = [old.get(key), fresh.get(key)]
      if (!is || !should) return [`${entity.name} ${is ? 'has' : 'lacks'} ${JSON.stringify(is ?? should)}`]
      const unknown = entity === workItems && unknowns.has(key) ? METRICS : []
      return Object.keys(should)
        .filter((column) => isTold(entity, column) && !unknown.includes(column))
        .filter((column) => canonical(is[column]) !== canonical(should[column]))
        .map(
          (column) =>
            `${entity.name} ${nameOf(is)} ${column}: ${canonical(is[column])}, not ${canonical(should[column])}`,
        )
    })
  })
}

/** Issues that were in statuses of a project that is gone: a mirror without a past knows less of what those meant. */
function withUnknownStatuses(rows: MirrorRows): ReadonlySet<unknown> {
  const known = rows.get(statuses)
  const transitions = [...(rows.get(changelogs)?.values() ?? [])]
  const isKnown = (id: unknown): boolean => known?.has(String(id)) === true
  return new Set(
    transitions
      .filter(({ from_status_id, to_status_id }) => !isKnown(from_status_id) || !isKnown(to_status_id))
      .map(({ work_item_id }) => work_item_id),
  )
}

function nameOf(row: StoredRow): string {
  return String(row.key ?? row.external_id ?? JSON.stringify(Object.values(row).slice(0, 3)))
}

/** The field of the development panel, which is among those in the overflow. */
function isDevelopment(value: unknown): boolean {
  return typeof value === 'string' && hasDevelopment({ fields: { customfield_1: value } })
}

/** The Sprint field, which repeats what sprints are called and whether they are over; `sprints` has that. */
function isSprints(value: unknown): boolean {
  const isSprint = (each: unknown): boolean =>
    typeof each === 'string' ? each.includes('.service.sprint.Sprint@') : Object.hasOwn(Object(each), 'boardId')
  return Array.isArray(value) && value.length > 0 && value.every(isSprint)
}

/** JSON columns come back with their properties in another order. */
function exact(value: unknown): string {
  return sorted(value, () => true)
}

/** Without what an overflow holds that nobody is told: the field of the development panel, and what people and sprints are. */
function asTold(value: unknown): string {
  const isPerson = (name: string): boolean => name === 'displayName' || name === 'active'
  return sorted(value, (name, each) => !isDevelopment(each) && !isSprints(each) && !isPerson(name))
}

function sorted(value: unknown, isTold: (name: string, value: unknown) => boolean): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    const told = Object.entries(inner).filter(([name, each]) => isTold(name, each))
    return Object.fromEntries(told.sort(([left], [right]) => (left < right ? -1 : 1)))
  })
}
