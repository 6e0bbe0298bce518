import { type AnyEntity, type StorageType, storedColumn, storedColumns } from '@millrace/core'
import type { z } from 'zod'
import { identifier } from '../database/identifier.ts'

/** A column of an entity's table. */
export interface TableColumn {
  /** Its name in the table: a declared `id` is stored as `external_id`. */
  readonly name: string
  readonly type: StorageType
  /** Whether JavaScript holds it as a number, although PostgreSQL stores it as an exact decimal. */
  readonly decimalNumber: boolean
}

/** How an entity is stored, derived from its definition. */
export interface EntityTable {
  readonly entity: AnyEntity
  readonly name: string
  /** Declared columns, in declared order. */
  readonly columns: readonly TableColumn[]
  /** Columns of the primary key: `id`, or of a child entity its natural key. */
  readonly key: readonly TableColumn[]
  /** The column that points to the parent row, of a child entity. */
  readonly parent: string | undefined
  /** Columns that get an index. */
  readonly indexed: readonly string[]
}

const ROW_ID: TableColumn = { name: 'id', type: 'uuid', decimalNumber: false }

/**
 * Columns that every entity's table has besides its declared ones. The tenant is that of the claimed row, whose foreign key
 * vouches for it, and row level security admits no other: a check of every single row would cost a fifth of its insert.
 */
export const SYSTEM_COLUMNS: { readonly [name: string]: string } = {
  tenant_id: 'integer NOT NULL',
  integration_id: 'integer NOT NULL',
  source_at: 'timestamptz',
  source_seq: 'bigint NOT NULL',
  row_hash: 'text NOT NULL',
  active: 'boolean NOT NULL DEFAULT true',
  deleted_at: 'timestamptz',
  created_at: 'timestamptz NOT NULL DEFAULT millrace_now()',
  last_updated_at: 'timestamptz NOT NULL DEFAULT millrace_now()',
  run_id: 'bigint NOT NULL',
}

const derived = new WeakMap<AnyEntity, EntityTable>()

/** Derives the table of an entity. */
export function entityTable(entity: AnyEntity): EntityTable {
  const known = derived.get(entity)
  if (known) return known
  const columns = storedColumns(entity).map(({ declared, stored, type }): TableColumn => {
    const schema = entity.columns.shape[declared] as z.ZodType
    return { name: stored, type, decimalNumber: type === 'numeric' && acceptsNumber(schema) }
  })
  const named = (column: string): TableColumn[] => columns.filter(({ name }) => name === storedColumn(column))
  const table: EntityTable = {
    entity,
    name: entity.name,
    columns,
    key: entity.parent === undefined ? [ROW_ID] : entity.key.flatMap(named),
    parent: entity.parent === undefined ? undefined : storedColumn(entity.parent),
    indexed: [...new Set([...Object.keys(entity.references), ...entity.indexes].map(storedColumn))],
  }
  derived.set(entity, table)
  return table
}

/** The key of a row as one text, in SQL; PostgreSQL's own arrays would have spaces in them. @param of name of the row in the query */
export function keyText(table: EntityTable, of: string): string {
  const [first = `${of}.id`, ...more] = table.key.map(({ name }) => `${of}.${identifier(name)}`)
  if (table.parent === undefined) return `${first}::text`
  return `'[' || concat_ws(',', ${[first, ...more].map((column) => `to_json(${column})`).join(', ')}) || ']'`
}

function acceptsNumber(schema: z.ZodType): boolean {
  return schema.safeParse(0.5).success
}
