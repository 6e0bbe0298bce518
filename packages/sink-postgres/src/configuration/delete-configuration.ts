import { randomUUID } from 'node:crypto'
import { type AnyEntity, MillraceError } from '@millrace/core'
import { type Actor, recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { findDependants, referencesTo } from './dependants.ts'
import { type EditedRowName, findEdited } from './edit-configuration.ts'
import { editedTable } from './edited-entity.ts'
import { beginEdit, insertEdited } from './write-edited.ts'

/** What deleting a row did. */
export interface RemovedConfiguration {
  /** Rows that depended on it and were moved or released. */
  readonly moved: number
}

/**
 * Deletes a row that people made.
 *
 * What depends on it is moved to another row of the kind: rows that people edit point to that one from now on; and where the
 * deleted row was known by columns that are unique, such as the name of a status, what it stood for is treated as that
 * row says, by a row of its own. With `release`, what depends on it points nowhere and falls back on what the provider says.
 *
 * @param options.entities everything that the account's connector declares
 * @throws NOT_FOUND; IN_USE, with the dependants in its context, when something depends on it and neither is given
 * @throws INVALID_INPUT when it is to be moved to itself or to a row of another account
 */
export async function deleteConfiguration(
  db: Database,
  entity: AnyEntity,
  options: EditedRowName &
    Actor & {
      readonly entities: readonly AnyEntity[]
      readonly moveTo?: string
      /** @default false */
      readonly release?: boolean
    },
): Promise<RemovedConfiguration> {
  const { tenantId, id, entities, moveTo, release = false, actor, reason } = options
  const table = editedTable(entity as never)
  return db.transaction(tenant(tenantId), async (tx) => {
    const { integration_id: integrationId } = await findEdited(tx, table, id)
    const version = await beginEdit(tx, integrationId)
    const row = await findEdited(tx, table, id)
    const dependants = await findDependants(tx, entity, { id, entities })
    const moved = dependants.reduce((sum, { total }) => sum + total, 0)
    if (moved > 0 && moveTo === undefined && !release) throw inUse(entity, id, dependants)

    await tx.execute(
      `UPDATE ${identifier(table.name)} SET active = false, deleted_at = millrace_now(), last_updated_at = millrace_now(),
          source_seq = $2 WHERE id = $1`,
      [id, version],
    )
    if (moveTo !== undefined) {
      const heir = await findHeir(tx, entity, { id, integrationId, moveTo })
      const { unique = [] } = entity.edited ?? {}
      const known = Object.fromEntries(unique.map((column) => [column, row[column as keyof typeof row]]))
      if (moved > 0 && unique.length > 0 && isKnownByName(entity, entities)) {
        await insertEdited(tx, table, { tenantId, integrationId, version }, randomUUID(), { ...heir, ...known })
      }
    }
    await redirect(tx, entity, { id, entities, to: moveTo ?? null, version })
    await recordAction(tx, {
      tenantId,
      actor,
      ...(reason !== undefined && { reason }),
      action: `${entity.name}.delete`,
      objectType: entity.name,
      objectId: id,
      details: { row, moved, moveTo: moveTo ?? null },
    })
    return { moved }
  })
}

async function findHeir(
  tx: Tx,
  entity: AnyEntity,
  { id, integrationId, moveTo }: { readonly id: string; readonly integrationId: number; readonly moveTo: string },
): Promise<{ readonly [column: string]: unknown }> {
  const refuse = (reason: string): never => {
    throw new MillraceError('INVALID_INPUT', {
      message: `Failed to delete row ${id} of ${entity.name}: ${reason}. Name another row of the same account.`,
      context: { entity: entity.name, id, moveTo },
    })
  }
  if (moveTo === id) return refuse('what depends on it cannot be moved to itself')
  const heir = await findEdited(tx, editedTable(entity as never), moveTo)
  return heir.integration_id === integrationId ? { ...heir } : refuse('the row to move to is of another account')
}

/**
 * Whether loaded rows find their row by its unique columns: then moving them takes a row of that name. Where rows that people
 * edit point to it, loaded rows come to it by those, which are moved.
 */
function isKnownByName(entity: AnyEntity, entities: readonly AnyEntity[]): boolean {
  const references = referencesTo(entity, entities)
  return references.length > 0 && references.every(({ other }) => other.edited === undefined)
}

/** Loaded rows are brought in line by the transformer, when the change is applied. */
async function redirect(
  tx: Tx,
  entity: AnyEntity,
  options: {
    readonly id: string
    readonly entities: readonly AnyEntity[]
    readonly to: string | null
    readonly version: number
  },
): Promise<void> {
  const { id, entities, to, version } = options
  for (const { other, column } of referencesTo(entity, entities)) {
    if (!other.edited) continue
    await tx.execute(
      `UPDATE ${identifier(other.name)} SET ${identifier(column)} = $2::uuid, source_seq = $3, last_updated_at = millrace_now()
        WHERE ${identifier(column)} = $1::uuid`,
      [id, to, version],
    )
  }
}

function inUse(entity: AnyEntity, id: string, dependants: Awaited<ReturnType<typeof findDependants>>): MillraceError {
  const counts = dependants.map(({ entity: name, total }) => `${total} of ${name}`).join(', ')
  return new MillraceError('IN_USE', {
    message: `Failed to delete row ${id} of ${entity.name}: ${counts} depend on it. Say where to move them, or release them.`,
    context: { entity: entity.name, id, dependants },
  })
}
