import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { type EntityTable, keyText } from '../entities/entity-table.ts'
import { keyColumns } from '../loader/row-key.ts'

export interface MissingRequest {
  readonly tenantId: number
  readonly integrationId: number
  readonly table: EntityTable
  readonly profile: string
  /** Only rows that a later run wrote. */
  readonly afterRun: number
}

const PAGE = 500

/** Keys of live rows of which the bridge knows no chunk, page by page in key order. */
export async function* missingKeys(db: Database, request: MissingRequest): AsyncGenerator<readonly string[]> {
  const { tenantId, integrationId, table, profile, afterRun } = request
  const key = table.key.map(({ name }) => `t.${identifier(name)}`).join(', ')
  let last: string | undefined
  for (;;) {
    const values: unknown[] = [integrationId, afterRun, table.name, profile]
    const position = last === undefined ? {} : keyColumns(table, last)
    const after = table.key.map(({ name, type }) => `$${values.push(position[name])}::${type}`).join(', ')
    const rows: readonly { readonly key: string }[] = await db.query<{ key: string }>(
      tenant(tenantId),
      `SELECT ${keyText(table, 't')} AS key FROM ${identifier(table.name)} t
        WHERE t.integration_id = $1 AND t.active AND t.run_id > $2 ${last === undefined ? '' : `AND (${key}) > (${after})`}
          AND NOT EXISTS (SELECT FROM qdrant_vectors v
            WHERE v.table_name = $3 AND v.profile = $4 AND v.record_key = ${keyText(table, 't')})
        ORDER BY ${key} LIMIT ${PAGE}`,
      last === undefined ? values.slice(0, 4) : values,
    )
    if (rows.length > 0) yield rows.map((row) => row.key)
    if (rows.length < PAGE) return
    last = rows.at(-1)?.key
  }
}
