import type { AnyEntity, LoadBatch, LoadScope } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { type EntityTable, entityTable } from '../entities/entity-table.ts'
import type { StoredState } from './decide.ts'
import { loadConflict } from './load-error.ts'
import { keyColumns, keyOf, lookupKeys } from './row-key.ts'

/** What rows of one table hold, by key. */
export type StoredRows = ReadonlyMap<string, StoredState>

/** What all rows hold that a batch is about, by table. Rows that do not exist are not in it. */
export type LockedRows = ReadonlyMap<string, StoredRows>

interface LockedRow {
  readonly [column: string]: unknown
  readonly source_at: Date | null
  readonly source_seq: number
  readonly row_hash: string
  readonly active: boolean
}

/**
 * Locks the rows that a batch is about: its own, the parents of replaced children, and the children. Tables by name and
 * rows by key, so that loads wait for each other in one order; in three round trips, whatever the number of tables.
 *
 * @throws a conflict, for which the transaction is run again, when a row was changed on the way to its lock
 */
export async function lockBatch(tx: Tx, batch: LoadBatch): Promise<LockedRows> {
  const targets = rowTargets(batch)
  const found = await Promise.all(targets.map(({ table, expected }) => readRowsById(tx, table, [...expected.keys()])))
  const rows = await Promise.all(targets.map((target, index) => lockTarget(tx, target, found[index] ?? new Map())))
  const locked = new Map(targets.map(({ table }, index) => [table.name, rows[index] ?? new Map()]))

  const children = childTargets(batch)
  const comes = new Set(batch.loads.flatMap(({ entity, upserts }) => upserts.map(({ key }) => `${entity.name}/${key}`)))
  const isThere = ({ entity, key }: Parent): boolean =>
    locked.get(entity.name)?.has(key) === true || comes.has(`${entity.name}/${key}`)
  const ofChildren = await Promise.all(
    children.map((target) => lockChildren(tx, target, target.parents.every(isThere) ? undefined : batch.scope)),
  )
  for (const [index, { table }] of children.entries()) locked.set(table.name, ofChildren[index] ?? new Map())
  return locked
}

/** Locks rows of one table against change, in key order, and says what they hold. */
export function lockRows(tx: Tx, table: EntityTable, keys: readonly string[]): Promise<StoredRows> {
  return table.parent === undefined ? readRowsById(tx, table, keys, 'NO KEY UPDATE') : lockNamed(tx, table, keys)
}

interface RowTarget {
  readonly table: EntityTable
  readonly keys: Set<string>
  /**
   * Hashes of rows that need not be written if they are stored so. Not of parents: a parent's lock stands for its
   * children.
   */
  readonly expected: Map<string, string>
}

function rowTargets(batch: LoadBatch): readonly RowTarget[] {
  const targets = new Map<string, RowTarget>()
  const targetOf = (entity: AnyEntity): RowTarget => {
    const target = targets.get(entity.name) ?? { table: entityTable(entity), keys: new Set(), expected: new Map() }
    targets.set(entity.name, target)
    return target
  }
  for (const { entity, upserts, deletes } of batch.loads) {
    if (entity.parent !== undefined) continue
    const { keys, expected } = targetOf(entity)
    for (const { key, hash } of upserts) expected.set(key, hash)
    for (const { key } of [...upserts, ...deletes]) keys.add(key)
    for (const { key } of deletes) expected.delete(key)
  }
  for (const { parentEntity, parentKey } of batch.loads.flatMap(({ replaces }) => replaces)) {
    const { keys, expected } = targetOf(parentEntity)
    keys.add(parentKey)
    expected.delete(parentKey)
  }
  return byTableName([...targets.values()])
}

/**
 * Pages that are loaded side by side name the same people and the same sprints. Rows that hold already what is expected of
 * them will not be written, and are locked together with all other loads that find them so: nobody waits. One lock for all
 * rows of a table, so that they are taken in one order.
 *
 * @param found what the expected rows held a moment ago
 */
async function lockTarget(tx: Tx, { table, keys, expected }: RowTarget, found: StoredRows): Promise<StoredRows> {
  const isExpected = (key: string, state: StoredState | undefined): boolean =>
    state?.active === true && state.hash === expected.get(key)
  const present = [...keys].filter((key) => found.has(key) || !expected.has(key)).sort()
  const settled = present.every((key) => isExpected(key, found.get(key)))
  const locked = await readRowsById(tx, table, present, settled ? 'SHARE' : 'NO KEY UPDATE')
  if (settled && present.some((key) => !isExpected(key, locked.get(key)))) throw loadConflict(table.name)
  return locked
}

interface Parent {
  readonly entity: AnyEntity
  readonly key: string
}

interface ChildTarget {
  readonly table: EntityTable
  readonly parents: readonly Parent[]
  /** Keys of children that come without all their siblings. */
  readonly direct: readonly string[]
}

function childTargets(batch: LoadBatch): readonly ChildTarget[] {
  const loads = batch.loads.filter(({ entity }) => entity.parent !== undefined)
  const targets = loads.map(({ entity, upserts, deletes, replaces }) => ({
    table: entityTable(entity),
    parents: replaces.map(({ parentEntity, parentKey }) => ({ entity: parentEntity, key: parentKey })),
    direct: [...upserts, ...deletes].map(({ key }) => key).sort(),
  }))
  return byTableName(targets)
}

/** @param orphaned the scope of the children of whom some parent is neither stored nor in the batch */
async function lockChildren(
  tx: Tx,
  { table, parents, direct }: ChildTarget,
  orphaned: LoadScope | undefined,
): Promise<StoredRows> {
  const [, ofParents, named] = await Promise.all([
    orphaned && tx.query(LOCK_ORPHANS, [`millrace orphans ${orphaned.integrationId} ${table.name}`]),
    readRowsById(
      tx,
      table,
      parents.map(({ key }) => key),
      'NO KEY UPDATE',
    ),
    lockNamed(tx, table, direct),
  ])
  return new Map([...ofParents, ...named])
}

/**
 * Held to the end of the transaction; stands in for parent rows that cannot be locked because they do not exist. $1 name
 */
const LOCK_ORPHANS = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))'

/** Children by their own keys. */
async function lockNamed(tx: Tx, table: EntityTable, keys: readonly string[]): Promise<StoredRows> {
  if (keys.length === 0) return new Map()
  const columns = table.key.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')
  const join = table.key.map(({ name }) => `t.${identifier(name)} = r.${identifier(name)}`).join(' AND ')
  const rows = await tx.query<LockedRow>(
    `SELECT ${selected(table)} FROM json_to_recordset($1::json) AS r (${columns})
       JOIN ${identifier(table.name)} t ON ${join} AND t.${firstColumn(table)} = ANY ($2::uuid[])
       ${inOrder(table)} FOR NO KEY UPDATE OF t`,
    [JSON.stringify(keys.map((key) => keyColumns(table, key))), lookupKeys(table, keys)],
  )
  return byKey(table, rows)
}

/** By the column that a key begins with: the row's own id, or of a child its parent's. Tombstones included. */
async function readRowsById(
  tx: Tx,
  table: EntityTable,
  ids: readonly string[],
  lock?: 'SHARE' | 'NO KEY UPDATE',
): Promise<StoredRows> {
  if (ids.length === 0) return new Map()
  const rows = await tx.query<LockedRow>(
    `SELECT ${selected(table)} FROM ${identifier(table.name)} t
      WHERE t.${firstColumn(table)} = ANY ($1::uuid[]) ${lock ? `${inOrder(table)} FOR ${lock} OF t` : ''}`,
    [ids],
  )
  return byKey(table, rows)
}

function firstColumn(table: EntityTable): string {
  return identifier(table.parent ?? 'id')
}

function selected(table: EntityTable): string {
  const columns = [...table.key.map(({ name }) => name), 'source_at', 'source_seq', 'row_hash', 'active']
  return columns.map((name) => `t.${identifier(name)}`).join(', ')
}

function inOrder(table: EntityTable): string {
  return `ORDER BY ${table.key.map(({ name }) => `t.${identifier(name)}`).join(', ')}`
}

function byTableName<Target extends { readonly table: EntityTable }>(targets: readonly Target[]): readonly Target[] {
  return targets.toSorted((left, right) => (left.table.name < right.table.name ? -1 : 1))
}

function byKey(table: EntityTable, rows: readonly LockedRow[]): StoredRows {
  return new Map(
    rows.map((row) => [
      keyOf(table, row),
      { version: { at: row.source_at, seq: row.source_seq }, hash: row.row_hash, active: row.active },
    ]),
  )
}
