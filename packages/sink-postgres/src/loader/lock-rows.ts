import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import type { EntityTable } from '../entities/entity-table.ts'
import type { StoredState } from './decide.ts'
import { keyColumns, keyOf, lookupKeys } from './row-key.ts'

interface LockedRow {
  readonly [column: string]: unknown
  readonly source_at: Date | null
  readonly source_seq: number
  readonly row_hash: string
  readonly active: boolean
}

/** Locks rows against change, in key order, and says what they hold. Rows that do not exist are not in the answer. */
export async function lockRows(
  tx: Tx,
  table: EntityTable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredState>> {
  if (keys.length === 0) return new Map()
  if (table.parent === undefined) return lockByFirstColumn(tx, table, keys)
  const columns = table.key.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')
  const join = table.key.map(({ name }) => `t.${identifier(name)} = r.${identifier(name)}`).join(' AND ')
  const rows = await tx.query<LockedRow>(
    `SELECT ${selected(table)} FROM json_to_recordset($1::json) AS r (${columns})
       JOIN ${identifier(table.name)} t ON ${join} AND t.${identifier(table.parent)} = ANY ($2::uuid[]) ${lockInOrder(table)}`,
    [JSON.stringify(keys.map((key) => keyColumns(table, key))), lookupKeys(table, keys)],
  )
  return byKey(table, rows)
}

/** Locks all children of some parents, tombstones included. */
export async function lockChildren(
  tx: Tx,
  table: EntityTable,
  parents: readonly string[],
): Promise<ReadonlyMap<string, StoredState>> {
  return parents.length === 0 ? new Map() : lockByFirstColumn(tx, table, parents)
}

/** By the column that a key begins with: the row's own id, or its parent's. */
async function lockByFirstColumn(
  tx: Tx,
  table: EntityTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredState>> {
  const rows = await tx.query<LockedRow>(
    `SELECT ${selected(table)} FROM ${identifier(table.name)} t
      WHERE t.${identifier(table.parent ?? 'id')} = ANY ($1::uuid[]) ${lockInOrder(table)}`,
    [ids],
  )
  return byKey(table, rows)
}

/** Held to the end of the transaction; stands in for parent rows that cannot be locked because they do not exist. */
export async function lockOrphans(tx: Tx, table: EntityTable, integrationId: number): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `millrace orphans ${integrationId} ${table.name}`,
  ])
}

function selected(table: EntityTable): string {
  const columns = [...table.key.map(({ name }) => name), 'source_at', 'source_seq', 'row_hash', 'active']
  return columns.map((name) => `t.${identifier(name)}`).join(', ')
}

function lockInOrder(table: EntityTable): string {
  return `ORDER BY ${table.key.map(({ name }) => `t.${identifier(name)}`).join(', ')} FOR NO KEY UPDATE OF t`
}

function byKey(table: EntityTable, rows: readonly LockedRow[]): ReadonlyMap<string, StoredState> {
  return new Map(
    rows.map((row) => [
      keyOf(table, row),
      { version: { at: row.source_at, seq: row.source_seq }, hash: row.row_hash, active: row.active },
    ]),
  )
}
