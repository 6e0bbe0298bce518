import { hash } from 'node:crypto'
import { MillraceError } from '@millrace/core'
import type { EntityTable } from '../entities/entity-table.ts'

/** The key of a stored row, as `LoadRow.key` has it. */
export function keyOf(table: EntityTable, row: { readonly [column: string]: unknown }): string {
  const parts = table.key.map(({ name }) => row[name])
  return table.parent === undefined ? String(parts[0]) : JSON.stringify(parts)
}

/** The key columns of a row, by name: what a statement joins on. */
export function keyColumns(table: EntityTable, key: string): { readonly [column: string]: unknown } {
  if (table.parent === undefined) return { id: key }
  const parts = parseKey(key)
  if (parts.length !== table.key.length) {
    throw new MillraceError('LOAD_FAILED', {
      message: `Failed to load rows of ${table.name}: ${key} is no key of it. A child entity's key is the JSON of its ${table.key.length} key columns.`,
      context: { entity: table.name },
    })
  }
  return Object.fromEntries(table.key.map(({ name }, index) => [name, parts[index]]))
}

/**
 * The uuids that a table's rows are looked up by: their own, or those of the rows that own them. A join alone would leave it
 * to the statistics, which are those of an empty table while it is being filled, whether the table is read as a whole.
 */
export function lookupKeys(table: EntityTable, keys: readonly string[]): readonly string[] {
  return table.parent === undefined ? keys : [...new Set(keys.map(parentOf))]
}

/** The uuid of the row that owns a child row. */
export function parentOf(key: string): string {
  return String(parseKey(key)[0])
}

/** The key as confirmations keep it: sixteen bytes, whatever its length. */
export function confirmationKey(table: EntityTable, key: string): string {
  if (table.parent === undefined) return key
  const digest = hash('md5', key, 'hex')
  return [8, 12, 16, 20].reduceRight((uuid, at) => `${uuid.slice(0, at)}-${uuid.slice(at)}`, digest)
}

function parseKey(key: string): readonly unknown[] {
  if (!key.startsWith('[')) return []
  const parts: unknown = JSON.parse(key)
  return Array.isArray(parts) ? parts : []
}
