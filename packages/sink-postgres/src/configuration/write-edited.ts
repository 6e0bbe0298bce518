import { entityId, MillraceError } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import type { EntityTable } from '../entities/entity-table.ts'
import { editableColumns } from './edited-entity.ts'

/** $1 integration */
const CONFIGURE = `
  UPDATE integrations SET configuration_version = configuration_version + 1 WHERE id = $1 RETURNING configuration_version`

/**
 * Counts a change of an account's configuration, and keeps others from changing it until the transaction ends: comes first.
 *
 * @returns the version that the change makes; rows keep it as their sequence, so that it is known later which kinds changed
 * @throws NOT_FOUND
 */
export async function beginEdit(tx: Tx, integrationId: number): Promise<number> {
  const [counted] = Number.isSafeInteger(integrationId)
    ? await tx.query<{ configuration_version: number }>(CONFIGURE, [integrationId])
    : []
  if (counted) return counted.configuration_version
  throw new MillraceError('NOT_FOUND', {
    message: `Failed to configure integration ${integrationId}: the tenant has no such integration. List them.`,
  })
}

/**
 * Writes a whole row, one that was deleted before included. No run wrote it, which 0 says.
 *
 * @returns the row's id
 */
export async function insertEdited(
  tx: Tx,
  table: EntityTable,
  scope: { readonly tenantId: number; readonly integrationId: number; readonly version: number },
  externalId: string,
  row: { readonly [column: string]: unknown },
): Promise<string> {
  const id = entityId(scope.tenantId, scope.integrationId, table.name, externalId)
  const columns = editableColumns(table)
  const names = columns.map(({ name }) => identifier(name))
  const values = columns.map(({ type }, index) => `$${index + 6}::${type}`)
  await tx.execute(
    `INSERT INTO ${identifier(table.name)} (id, external_id, tenant_id, integration_id, source_seq, row_hash, run_id, ${names.join(', ')})
     VALUES ($1, $2, $3, $4, $5, '', 0, ${values.join(', ')})
     ON CONFLICT (id) DO UPDATE SET active = true, deleted_at = NULL, last_updated_at = millrace_now(),
       source_seq = excluded.source_seq,
       ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [
      id,
      externalId,
      scope.tenantId,
      scope.integrationId,
      scope.version,
      ...columns.map((column) => storedValue(column.type, row[column.name])),
    ],
  )
  return id
}

/** Writes the named columns of a row. */
export async function updateEdited(
  tx: Tx,
  table: EntityTable,
  id: string,
  changes: { readonly [column: string]: unknown },
  version: number,
): Promise<void> {
  const columns = editableColumns(table).filter(({ name }) => changes[name] !== undefined)
  const sets = columns.map(({ name, type }, index) => `${identifier(name)} = $${index + 3}::${type}`)
  await tx.execute(
    `UPDATE ${identifier(table.name)} SET ${[...sets, 'source_seq = $2', 'last_updated_at = millrace_now()'].join(', ')} WHERE id = $1`,
    [id, version, ...columns.map(({ name, type }) => storedValue(type, changes[name]))],
  )
}

function storedValue(type: string, value: unknown): unknown {
  if (value === undefined || value === null) return null
  return type === 'jsonb' ? JSON.stringify(value) : value
}
