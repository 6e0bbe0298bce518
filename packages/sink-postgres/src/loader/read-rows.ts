import type { ReadRow } from '@millrace/core'
import { tenant, tenantByKey } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import type { EntityTable } from '../entities/entity-table.ts'
import { keyColumns, keyOf, lookupKeys } from './row-key.ts'

export interface ReadScope {
  readonly tenantId: number
  readonly integrationId: number
}

export interface ReadFilter {
  readonly keys?: readonly string[]
  readonly runId?: number
  readonly columns?: readonly string[]
}

const PAGE = 500

/** Live rows in key order, page by page, each page a statement of its own: nothing is held open in between. */
export async function* readRows(
  db: Database,
  scope: ReadScope,
  table: EntityTable,
  filter: ReadFilter,
): AsyncGenerator<readonly ReadRow[]> {
  const wanted = table.columns.filter(({ name }) => filter.columns?.includes(name) ?? true)
  const columns = ['row_hash', 'source_seq', ...table.key.map(({ name }) => name), ...wanted.map(({ name }) => name)]
  const key = table.key.map(({ name }) => `t.${identifier(name)}`).join(', ')
  const first = identifier(table.parent ?? 'id')
  let last: ReadRow | undefined
  for (;;) {
    const values: unknown[] = [scope.integrationId]
    const given = (value: unknown, type: string): string => `$${values.push(value)}::${type}`
    const conditions = ['t.active', 't.integration_id = $1']
    if (filter.runId !== undefined) conditions.push(`t.run_id = ${given(filter.runId, 'bigint')}`)
    if (filter.keys) conditions.push(`t.${first} = ANY (${given(lookupKeys(table, filter.keys), 'uuid[]')})`)
    if (filter.keys && table.parent !== undefined) {
      const keys = JSON.stringify(filter.keys.map((each) => keyColumns(table, each)))
      const record = table.key.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')
      conditions.push(`(${key}) IN (SELECT * FROM json_to_recordset(${given(keys, 'json')}) AS r (${record}))`)
    }
    if (last) {
      const after = keyColumns(table, last.key)
      conditions.push(`(${key}) > (${table.key.map(({ name, type }) => given(after[name], type)).join(', ')})`)
    }
    const rows = await db.query<{ [column: string]: unknown; row_hash: string; source_seq: number }>(
      filter.keys ? tenantByKey(scope.tenantId) : tenant(scope.tenantId),
      `SELECT ${columns.map((name) => `t.${identifier(name)}`).join(', ')} FROM ${identifier(table.name)} t
        WHERE ${conditions.join(' AND ')} ORDER BY ${key} LIMIT ${PAGE}`,
      values,
    )
    const page = rows.map((row): ReadRow => {
      const declared = wanted.map(({ name, decimalNumber }) => {
        const value = row[name]
        return [name, decimalNumber && typeof value === 'string' ? Number(value) : value]
      })
      return { key: keyOf(table, row), hash: row.row_hash, seq: row.source_seq, values: Object.fromEntries(declared) }
    })
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    last = page.at(-1)
  }
}
