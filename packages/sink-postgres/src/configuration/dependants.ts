import type { AnyEntity } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { entityTable } from '../entities/entity-table.ts'
import type { EditedRowName } from './edit-configuration.ts'

/** Rows of one kind that point to a row. */
export interface Dependants {
  readonly entity: string
  /** The column that points there. */
  readonly column: string
  readonly total: number
  /** The first few, by name. */
  readonly rows: readonly { readonly id: string; readonly name: string }[]
}

const FEW = 10

/**
 * What points to a row that people made: rows that people edit, and loaded rows that were brought in line with it.
 *
 * @param options.entities everything that the account's connector declares
 */
export async function listDependants(
  db: Database,
  entity: AnyEntity,
  options: EditedRowName & { readonly entities: readonly AnyEntity[] },
): Promise<readonly Dependants[]> {
  return db.transaction(tenant(options.tenantId), (tx) => findDependants(tx, entity, options))
}

export async function findDependants(
  tx: Tx,
  entity: AnyEntity,
  { id, entities }: { readonly id: string; readonly entities: readonly AnyEntity[] },
): Promise<readonly Dependants[]> {
  const found: Dependants[] = []
  for (const { other, column } of referencesTo(entity, entities)) {
    const name = identifier(nameColumn(other))
    const key = entityTable(other).key.map((part) => `t.${identifier(part.name)}::text`)
    const rows = await tx.query<{ id: string; name: string; total: number }>(
      `SELECT concat_ws('/', ${key.join(', ')}) AS id, coalesce(t.${name}::text, '') AS name, count(*) OVER ()::integer AS total
         FROM ${identifier(other.name)} t WHERE t.${identifier(column)}::text = $1 AND t.active ORDER BY 2, 1 LIMIT ${FEW}`,
      [id],
    )
    const total = rows[0]?.total ?? 0
    if (total > 0)
      found.push({ entity: other.name, column, total, rows: rows.map((row) => ({ id: row.id, name: row.name })) })
  }
  return found
}

/** Every column of these entities that points to the entity. */
export function referencesTo(
  entity: AnyEntity,
  entities: readonly AnyEntity[],
): readonly { readonly other: AnyEntity; readonly column: string }[] {
  return entities.flatMap((other) =>
    Object.entries(other.references)
      .filter(([, target]) => target === entity)
      .map(([column]) => ({ other, column })),
  )
}

/** What people call a row: its label, name or key where there is one, else the provider's id. */
function nameColumn(entity: AnyEntity): string {
  const column =
    entity.edited?.label ?? ['name', 'key'].find((name) => entity.columnNames.includes(name)) ?? entity.key.at(-1)
  return column === undefined || column === 'id' ? 'external_id' : column
}
