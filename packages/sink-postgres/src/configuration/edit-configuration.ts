import { randomUUID } from 'node:crypto'
import { MillraceError } from '@millrace/core'
import type { z } from 'zod'
import { type Actor, recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import type { EntityTable } from '../entities/entity-table.ts'
import {
  checkEdited,
  type Edited,
  type EditedEntity,
  type EditedRow,
  editedRow,
  editedTable,
  parseEdited,
  selectEdited,
} from './edited-entity.ts'
import { beginEdit, insertEdited, updateEdited } from './write-edited.ts'

/** Whose configuration is meant. */
export interface ConfigurationScope {
  readonly tenantId: number
  readonly integrationId: number
}

/** One row that people made. */
export interface EditedRowName {
  readonly tenantId: number
  readonly id: string
}

/**
 * Rows of an entity that people edit, those of one account or of all, ordered by the entity's label.
 *
 * @example listConfiguration(db, statusesMappings, { tenantId: 1, integrationId: 3 })
 */
export async function listConfiguration<Shape extends z.ZodRawShape>(
  db: Database,
  entity: EditedEntity<Shape>,
  { tenantId, integrationId }: { readonly tenantId: number; readonly integrationId?: number },
): Promise<readonly EditedRow<Shape>[]> {
  const table = editedTable(entity as never)
  const label = entity.edited?.label ?? 'id'
  const rows = await db.query(
    tenant(tenantId),
    `${selectEdited(table)} WHERE t.active AND ($1::integer IS NULL OR t.integration_id = $1)
      ORDER BY t.integration_id, lower(t."${label === 'id' ? 'external_id' : label}"::text), t.id`,
    [integrationId ?? null],
  )
  return rows.map((row) => editedRow<Shape>(table, row))
}

/** @throws NOT_FOUND */
export async function showConfiguration<Shape extends z.ZodRawShape>(
  db: Database,
  entity: EditedEntity<Shape>,
  { tenantId, id }: EditedRowName,
): Promise<EditedRow<Shape>> {
  return db.transaction(tenant(tenantId), (tx) => findEdited<Shape>(tx, editedTable(entity as never), id))
}

/**
 * Adds a row. `applyConfiguration` brings what is stored in line with it.
 *
 * @throws INVALID_INPUT when a value does not fit or a reference leads nowhere; ALREADY_EXISTS; NOT_FOUND for the integration
 */
export async function createConfiguration<Shape extends z.ZodRawShape>(
  db: Database,
  entity: EditedEntity<Shape>,
  options: ConfigurationScope & Actor & { readonly row: Edited<Shape> },
): Promise<EditedRow<Shape>> {
  return putRow(db, entity, { ...options, externalId: randomUUID(), action: `${entity.name}.create` })
}

/**
 * Writes the only row that an account has of an entity, such as its mapping of custom fields; columns that are left out
 * become null.
 *
 * @throws INVALID_INPUT when a value does not fit or a reference leads nowhere; NOT_FOUND for the integration
 */
export async function saveConfiguration<Shape extends z.ZodRawShape>(
  db: Database,
  entity: EditedEntity<Shape>,
  options: ConfigurationScope & Actor & { readonly row: Partial<Edited<Shape>> },
): Promise<EditedRow<Shape>> {
  const empty = Object.fromEntries(entity.columnNames.filter((name) => name !== 'id').map((name) => [name, null]))
  const row = { ...empty, ...options.row } as Edited<Shape>
  return putRow(db, entity, { ...options, row, externalId: entity.name, action: `${entity.name}.save` })
}

async function putRow<Shape extends z.ZodRawShape>(
  db: Database,
  entity: EditedEntity<Shape>,
  options: ConfigurationScope &
    Actor & { readonly row: Edited<Shape>; readonly externalId: string; readonly action: string },
): Promise<EditedRow<Shape>> {
  const table = editedTable(entity as never)
  const row = parseEdited(entity as never, options.row, 'whole')
  return db.transaction(tenant(options.tenantId), async (tx) => {
    const version = await beginEdit(tx, options.integrationId)
    await checkEdited(tx, entity as never, options, row)
    const id = await insertEdited(tx, table, { ...options, version }, options.externalId, row)
    await recordAction(tx, { ...options, objectType: entity.name, objectId: id, details: { row } })
    return findEdited<Shape>(tx, table, id)
  })
}

/**
 * Changes the columns that are given. `applyConfiguration` brings what is stored in line with it.
 *
 * @throws NOT_FOUND, INVALID_INPUT, ALREADY_EXISTS
 */
export async function updateConfiguration<Shape extends z.ZodRawShape>(
  db: Database,
  entity: EditedEntity<Shape>,
  options: EditedRowName & Actor & { readonly changes: Partial<Edited<Shape>> },
): Promise<EditedRow<Shape>> {
  const table = editedTable(entity as never)
  const changes = parseEdited(entity as never, options.changes, 'partial')
  return db.transaction(tenant(options.tenantId), async (tx) => {
    const integrationId = (await findEdited(tx, table, options.id)).integration_id
    const version = await beginEdit(tx, integrationId)
    // Read again: whoever edited before is done now.
    const before = await findEdited(tx, table, options.id)
    await checkEdited(tx, entity as never, { integrationId, id: options.id }, { ...before, ...changes })
    await updateEdited(tx, table, options.id, changes, version)
    const { actor, reason, tenantId, id } = options
    await recordAction(tx, {
      tenantId,
      actor,
      ...(reason !== undefined && { reason }),
      action: `${entity.name}.update`,
      objectType: entity.name,
      objectId: id,
      details: { changes },
    })
    return findEdited<Shape>(tx, table, id)
  })
}

/** @throws NOT_FOUND */
export async function findEdited<Shape extends z.ZodRawShape>(
  tx: Tx,
  table: EntityTable,
  id: string,
): Promise<EditedRow<Shape>> {
  const [row] = await tx.query(`${selectEdited(table)} WHERE t.active AND t.id::text = $1`, [id])
  if (row) return editedRow<Shape>(table, row)
  throw new MillraceError('NOT_FOUND', {
    message: `Failed to find row ${id} of ${table.name}: the tenant has no such row. List them.`,
    context: { entity: table.name, id },
  })
}
