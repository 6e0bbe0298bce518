import type { LoadRow, LoadScope, SourceVersion } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import type { EntityTable, TableColumn } from '../entities/entity-table.ts'
import { loadConflict } from './load-error.ts'
import { rowDocument } from './row-document.ts'
import { keyColumns, lookupKeys } from './row-key.ts'

/** A row that becomes a tombstone. */
export interface Tombstone {
  readonly key: string
  readonly version: SourceVersion
}

/** A tombstone of a row that was never seen. */
export interface NewTombstone extends Tombstone {
  readonly externalId: string | undefined
}

/** What is written to one entity's table, decided while its rows are locked. */
export interface Writes {
  readonly inserts: readonly LoadRow[]
  readonly updates: readonly LoadRow[]
  readonly buries: readonly Tombstone[]
  readonly newTombstones: readonly NewTombstone[]
}

interface SystemColumn {
  readonly name: string
  readonly type: string
}

const VERSION: readonly SystemColumn[] = [
  { name: 'source_at', type: 'timestamptz' },
  { name: 'source_seq', type: 'bigint' },
]
const CONTENT: readonly SystemColumn[] = [...VERSION, { name: 'row_hash', type: 'text' }]

/**
 * Writes what was decided, one statement per kind of change, in key order. The rows travel as one JSON text.
 *
 * @returns how many text values had to be cleaned
 * @throws a conflict, for which the transaction is run again, when a row that was absent is there by now
 */
export async function writeRows(tx: Tx, table: EntityTable, writes: Writes, scope: LoadScope): Promise<number> {
  let cleaned = 0
  const run = async (
    statement: (table: EntityTable) => string,
    rows: readonly string[],
    parameters: readonly unknown[],
  ): Promise<void> => {
    if (rows.length === 0) return
    const document = rowDocument(rows)
    cleaned += document.cleaned
    const written = await tx.execute(statement(table), [document.json, ...parameters])
    if (written < rows.length) throw loadConflict(table.name)
  }
  const { tenantId, integrationId, runId } = scope
  await run(
    insertStatement,
    writes.inserts.map((row) => contentOf(table, row)),
    [tenantId, integrationId, runId],
  )
  await run(
    updateStatement,
    writes.updates.map((row) => contentOf(table, row)),
    [runId, lookupKeys(table, keysOf(writes.updates))],
  )
  const buries = writes.buries.map((row) => JSON.stringify({ ...keyColumns(table, row.key), ...versionOf(row) }))
  await run(buryStatement, buries, [runId, lookupKeys(table, keysOf(writes.buries))])
  const tombstones = writes.newTombstones.map((row) =>
    JSON.stringify({
      ...keyColumns(table, row.key),
      ...(table.parent === undefined ? { [externalColumn(table)]: row.externalId } : {}),
      ...versionOf(row),
      row_hash: '',
    }),
  )
  await run(newTombstoneStatement, tombstones, [tenantId, integrationId, runId])
  return cleaned
}

/** The prepared JSON of the values, with our own columns put before them. */
function contentOf(table: EntityTable, row: LoadRow): string {
  const id = table.parent === undefined ? `"id":"${row.key}",` : ''
  const { at, seq } = row.version
  const time = at === null ? 'null' : `"${at.toISOString()}"`
  // Neither a uuid nor the hash has anything to escape.
  return `{${id}"source_at":${time},"source_seq":${seq},"row_hash":"${row.hash}",${row.json.slice(1)}`
}

function keysOf(rows: readonly { readonly key: string }[]): readonly string[] {
  return rows.map(({ key }) => key)
}

function versionOf({ version }: { readonly version: SourceVersion }): { source_at: Date | null; source_seq: number } {
  return { source_at: version.at, source_seq: version.seq }
}

/** All columns of a row as it travels. */
function contentColumns(table: EntityTable): readonly SystemColumn[] {
  const id: readonly TableColumn[] = table.parent === undefined ? table.key : []
  return [...id, ...table.columns, ...CONTENT]
}

/** Statements about dozens of columns, which would otherwise be put together for every batch. */
const inserts = new WeakMap<EntityTable, string>()

function insertStatement(table: EntityTable): string {
  const known = inserts.get(table) ?? insertInto(table, contentColumns(table), {})
  inserts.set(table, known)
  return known
}

function newTombstoneStatement(table: EntityTable): string {
  const external = table.columns.filter(({ name }) => table.parent === undefined && name === externalColumn(table))
  return insertInto(table, [...table.key, ...external, ...CONTENT], { active: 'false', deleted_at: 'millrace_now()' })
}

/** The stored name of the one column that holds the provider's id. */
function externalColumn(table: EntityTable): string {
  const [key] = table.entity.key
  return key === undefined || key === 'id' ? 'external_id' : key
}

function insertInto(
  table: EntityTable,
  columns: readonly SystemColumn[],
  constants: { readonly [name: string]: string },
): string {
  const names = columns.map(({ name }) => identifier(name))
  const extra = { tenant_id: '$2::integer', integration_id: '$3::integer', run_id: '$4::bigint', ...constants }
  return `INSERT INTO ${identifier(table.name)} (${[...names, ...Object.keys(extra)].join(', ')})
    SELECT ${[...names.map((name) => `r.${name}`), ...Object.values(extra)].join(', ')}
      FROM json_to_recordset($1::json) AS r (${typed(columns)})
     ORDER BY ${table.key.map(({ name }) => `r.${identifier(name)}`).join(', ')}`
}

function updateStatement(table: EntityTable): string {
  const keys = new Set(table.key.map(({ name }) => name))
  const columns = contentColumns(table)
  const assignments = columns
    .filter(({ name }) => !keys.has(name))
    .map(({ name }) => `${identifier(name)} = r.${identifier(name)}`)
  return updateOf(table, columns, [...assignments, 'active = true', 'deleted_at = NULL'])
}

function buryStatement(table: EntityTable): string {
  return updateOf(
    table,
    [...table.key, ...VERSION],
    ['source_at = r.source_at', 'source_seq = r.source_seq', 'active = false', 'deleted_at = millrace_now()'],
  )
}

/** The rows are locked already, so their order does not matter here. */
function updateOf(table: EntityTable, columns: readonly SystemColumn[], assignments: readonly string[]): string {
  return `UPDATE ${identifier(table.name)} t
      SET ${assignments.join(', ')}, last_updated_at = millrace_now(), run_id = $2::bigint
     FROM json_to_recordset($1::json) AS r (${typed(columns)})
    WHERE ${table.key.map(({ name }) => `t.${identifier(name)} = r.${identifier(name)}`).join(' AND ')}
      AND t.${identifier(table.parent ?? 'id')} = ANY ($3::uuid[])`
}

function typed(columns: readonly SystemColumn[]): string {
  return columns.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')
}
