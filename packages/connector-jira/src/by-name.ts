import type { AnyEntity, Lookup, StoredRow } from '@millrace/core'

const tables = new WeakMap<Lookup, Map<AnyEntity, ReadonlyMap<string, StoredRow>>>()

/** The row of an entity that people made for a name, in any case of letters. A lookup is read once for all names. */
export function byName(lookup: Lookup, entity: AnyEntity, name: string): StoredRow | undefined {
  const known = tables.get(lookup) ?? new Map<AnyEntity, ReadonlyMap<string, StoredRow>>()
  tables.set(lookup, known)
  const label = entity.edited?.label ?? 'name'
  const rows = known.get(entity) ?? new Map(lookup.all(entity).map((row) => [folded(String(row[label])), row]))
  known.set(entity, rows)
  return rows.get(folded(name))
}

/** The row that a reference holds the UUID of. Few rows are looked through: those that people made. */
export function byReference(lookup: Lookup, entity: AnyEntity, id: unknown): StoredRow | undefined {
  return id === null || id === undefined ? undefined : lookup.all(entity).find((row) => row.id === id)
}

/** What a row that people made is referred to by. */
export function externalIdOf(row: StoredRow | undefined): string | null {
  return row === undefined ? null : String(row.external_id)
}

function folded(name: string): string {
  return name.trim().toLowerCase()
}
