import type { AnyEntity, Loader, StoredRow } from '@millrace/core'
import { jira } from '../../packages/connector-jira/src/index.ts'

/** Live rows by entity, with every column that is loaded: references are Jira's ids, or null where nothing lives. */
export type MirrorRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

/** What is loaded; what people decide comes from no site. */
const LOADED = jira.entities.filter(({ edited }) => edited === undefined)

/** Reads back all that a loader holds of an account. */
export async function rowsToldByJira(
  loader: Loader,
  scope: { readonly tenantId: number; readonly integrationId: number },
): Promise<MirrorRows> {
  const stored = new Map<AnyEntity, readonly StoredRow[]>()
  const ids = new Map<unknown, unknown>()
  for (const entity of LOADED) {
    const rows = (await Array.fromAsync(loader.read(scope, entity))).flat()
    stored.set(
      entity,
      rows.map(({ values }) => values),
    )
    if (entity.parent === undefined) for (const { key, values } of rows) ids.set(key, values[keyOf(entity)[0] ?? ''])
  }
  return Object.fromEntries(
    [...stored].map(([entity, rows]) => [entity.name, rows.map((row) => told(entity, row, ids)).sort(byKey(entity))]),
  )
}

function told(entity: AnyEntity, row: StoredRow, ids: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  const values = Object.entries(row).map(([column, value]) => [
    column,
    column in entity.references && value !== null ? (ids.get(value) ?? null) : value,
  ])
  return JSON.parse(JSON.stringify(Object.fromEntries(values), withoutNul))
}

/** PostgreSQL stores no NUL. */
function withoutNul(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '') : value
}

/** What no rows but those in both share: site-wide things that are never unlearned, though their project is gone. */
const REMEMBERED: readonly string[] = ['accounts', 'wits', 'projects_wits', 'statuses', 'projects_statuses', 'sprints']

/**
 * What a mirror with a past and one without must agree on, which is all columns of all tables, but for what nobody is told:
 *
 * - that an issue has pull requests, or none any more, does not touch it: its column tells how it was when the issue was read;
 * - the key of a linked issue that moved: the link's other end is not touched, and holds the id as well.
 */
export function agreedOn(rows: MirrorRows, other: MirrorRows): MirrorRows {
  return Object.fromEntries(
    LOADED.map((entity) => {
      const { name } = entity
      const own = rows[name] ?? []
      const known = new Set((other[name] ?? []).map((row) => keyText(entity, row)))
      const shared = REMEMBERED.includes(name) ? own.filter((row) => known.has(keyText(entity, row))) : own
      return [name, shared.map((row) => withoutUntold(name, row))]
    }),
  )
}

const UNTOLD: Readonly<Record<string, readonly string[]>> = {
  work_items: ['has_development'],
  issue_links: ['linked_key'],
}

function withoutUntold(name: string, row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !UNTOLD[name]?.includes(column)))
}

function keyOf(entity: AnyEntity): readonly string[] {
  return entity.key.map((column) => (column === 'id' ? 'external_id' : column))
}

function keyText(entity: AnyEntity, row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(keyOf(entity).map((column) => row[column]))
}

function byKey(entity: AnyEntity) {
  return (left: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>): number =>
    keyText(entity, left) < keyText(entity, right) ? -1 : 1
}
