import { type Entity, MillraceError, type RowOf } from '@millrace/core'
import { z } from 'zod'
import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { type EntityTable, entityTable, type TableColumn } from '../entities/entity-table.ts'

/** An entity whose rows people edit: one that is defined with `edited`. */
export type EditedEntity<Shape extends z.ZodRawShape = z.ZodRawShape> = Entity<string, Shape>

/** What people say about a row. References hold the `id` of the row that they point to. */
export type Edited<Shape extends z.ZodRawShape> = Omit<RowOf<Shape>, 'id'>

/** A row as it is stored. */
export type EditedRow<Shape extends z.ZodRawShape> = Edited<Shape> & {
  readonly id: string
  readonly integration_id: number
  readonly active: boolean
  readonly last_updated_at: Date
}

/** Columns that people may write: all but the id, which a row gets when it is created. */
export function editableColumns(table: EntityTable): readonly TableColumn[] {
  return table.columns.filter(({ name }) => name !== 'external_id')
}

/** Selects rows as people see them. */
export function selectEdited(table: EntityTable): string {
  const columns = editableColumns(table).map(({ name }) => `t.${identifier(name)}`)
  return `SELECT t.id, t.integration_id, t.active, t.last_updated_at, ${columns.join(', ')} FROM ${identifier(table.name)} t`
}

/** Decimals come back as text, and are numbers where the schema says so. */
export function editedRow<Shape extends z.ZodRawShape>(
  table: EntityTable,
  row: { readonly [column: string]: unknown },
): EditedRow<Shape> {
  const numbers = table.columns.filter(({ name, decimalNumber }) => decimalNumber && typeof row[name] === 'string')
  return { ...row, ...Object.fromEntries(numbers.map(({ name }) => [name, Number(row[name])])) } as EditedRow<Shape>
}

/** @throws INVALID_DEFINITION for an entity whose rows are the provider's */
export function editedTable(entity: EditedEntity<never>): EntityTable {
  if (entity.edited) return entityTable(entity)
  throw new MillraceError('INVALID_DEFINITION', {
    message: `Failed to edit ${entity.name}: its rows are the provider's. Define it with \`edited\` if people write them.`,
  })
}

/**
 * Reads what people gave by the entity's own schema; unknown names are refused.
 *
 * @throws INVALID_INPUT
 */
export function parseEdited(
  entity: EditedEntity<never>,
  given: unknown,
  how: 'whole' | 'partial',
): { readonly [column: string]: unknown } {
  const columns = z.strictObject(entity.columns.shape).omit({ id: true } as never) as z.ZodObject
  const parsed = (how === 'whole' ? columns : columns.partial()).safeParse(given)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  throw new MillraceError('INVALID_INPUT', {
    message: `Failed to store a row of ${entity.name}: ${issues.join('; ')}. Correct it and try again.`,
    context: { entity: entity.name, issues },
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * References must point to rows of the same account, and what is to be unique must be.
 *
 * @param row the whole row as it would be stored
 * @throws INVALID_INPUT, ALREADY_EXISTS
 */
export async function checkEdited(
  tx: Tx,
  entity: EditedEntity<never>,
  about: { readonly integrationId: number; readonly id?: string },
  row: { readonly [column: string]: unknown },
): Promise<void> {
  for (const [column, target] of Object.entries(entity.references)) {
    const id = row[column]
    if (id === null || id === undefined) continue
    const sql = `SELECT FROM ${identifier(target.name)} WHERE id = $1 AND integration_id = $2 AND active`
    const found = UUID.test(String(id)) ? await tx.query(sql, [id, about.integrationId]) : []
    if (found.length > 0) continue
    throw new MillraceError('INVALID_INPUT', {
      message: `Failed to store a row of ${entity.name}: ${column} names no row of ${target.name} of this account. List them.`,
      context: { entity: entity.name, column },
    })
  }
  const { unique = [] } = entity.edited ?? {}
  if (unique.length === 0) return
  const same = unique.map(
    (column, index) => `lower(${identifier(column)}::text) IS NOT DISTINCT FROM lower($${index + 3}::text)`,
  )
  const taken = await tx.query<{ id: string }>(
    `SELECT id FROM ${identifier(entity.name)}
      WHERE integration_id = $1 AND active AND id IS DISTINCT FROM $2::uuid AND ${same.join(' AND ')} LIMIT 1`,
    [about.integrationId, about.id ?? null, ...unique.map((column) => row[column] ?? null)],
  )
  if (taken.length === 0) return
  const what = unique.map((column) => `${column} ${JSON.stringify(row[column])}`).join(', ')
  throw new MillraceError('ALREADY_EXISTS', {
    message: `Failed to store a row of ${entity.name}: there is one with ${what} already. Change that one.`,
    context: { entity: entity.name, id: taken[0]?.id ?? null },
  })
}
