import type { Connector, Integration } from '@millrace/core'
import { type Database, tenant } from '@millrace/sink-postgres'

/** Rows of one table: those that exist at the source, and tombstones of those that are gone. */
export interface TableCount {
  readonly table: string
  readonly live: number
  readonly gone: number
}

/** Counts the rows that an integration has in each of its connector's tables. Table names come from definitions. */
export async function countRows(
  db: Database,
  connector: Connector,
  integration: Integration,
): Promise<readonly TableCount[]> {
  const counts = connector.entities.map(
    ({ name }) =>
      `SELECT '${name}' AS "table", count(*) FILTER (WHERE active) AS live, count(*) FILTER (WHERE NOT active) AS gone
         FROM "${name}" WHERE integration_id = $1`,
  )
  return db.query<TableCount>(tenant(integration.tenantId), counts.join(' UNION ALL '), [integration.id])
}
