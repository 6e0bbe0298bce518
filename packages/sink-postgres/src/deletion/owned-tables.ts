import { OWNER } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { TENANT_POLICY } from '../migrations/tenant-table.ts'

/** A table with rows of tenants, and what says whose they are. */
export interface OwnedTable {
  readonly name: string
  readonly ofIntegration: boolean
  readonly ofJob: boolean
}

/** From the catalogue, so that a table that a later migration or an entity adds is not forgotten. $1 policy */
const LIST_TABLES = `
  SELECT c.relname AS name,
    bool_or(a.attname = 'integration_id') AS "ofIntegration", bool_or(a.attname = 'job_id') AS "ofJob"
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
     AND EXISTS (SELECT FROM pg_policies p
       WHERE p.schemaname = current_schema() AND p.tablename = c.relname AND p.policyname = $1)
   GROUP BY c.relname HAVING bool_or(a.attname = 'tenant_id') ORDER BY c.relname`

const LIST_REFERENCES = `
  SELECT DISTINCT child.relname AS child, parent.relname AS parent
    FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
   WHERE k.contype = 'f' AND child.relnamespace = current_schema()::regnamespace AND child.oid <> parent.oid`

/** Every table that holds rows of tenants, such that each comes before those that it refers to. */
export async function ownedTables(db: Database): Promise<readonly OwnedTable[]> {
  return db.transaction(OWNER, async (tx) => {
    const tables = await tx.query<OwnedTable>(LIST_TABLES, [TENANT_POLICY])
    const references = await tx.query<{ child: string; parent: string }>(LIST_REFERENCES)
    const ordered: OwnedTable[] = []
    const visit = (table: OwnedTable): void => {
      if (ordered.includes(table)) return
      for (const { child, parent } of references) {
        const before = parent === table.name ? tables.find(({ name }) => name === child) : undefined
        if (before) visit(before)
      }
      ordered.push(table)
    }
    for (const table of tables) visit(table)
    return ordered
  })
}
