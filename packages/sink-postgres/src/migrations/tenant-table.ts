import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'

export interface TenantTableOptions {
  /** Whether the engine, which serves all tenants, works on this table. Never for entities, raw records, credentials. */
  readonly engine: boolean
  /** @default 'tenant_id' */
  readonly tenantColumn?: string
}

/** Names of our policies; `reset` and the catalogue test know our tables by them. */
export const TENANT_POLICY = 'millrace_tenant'
export const ENGINE_POLICY = 'millrace_engine'

/**
 * Puts a table under forced row level security: for `millrace_app` only rows of the transaction's tenant exist, for
 * `millrace_engine` all rows or none. Also grants both roles what they need. Safe to call twice.
 */
export async function tenantTable(tx: Tx, table: string, options: TenantTableOptions): Promise<void> {
  const name = identifier(table)
  // The sub-select makes the planner read the setting once per statement instead of once per row.
  const isOurs = `${identifier(options.tenantColumn ?? 'tenant_id')} = (SELECT nullif(current_setting('millrace.tenant', true), '')::integer)`
  await tx.query(`
    ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS ${TENANT_POLICY} ON ${name};
    CREATE POLICY ${TENANT_POLICY} ON ${name} TO millrace_app USING (${isOurs}) WITH CHECK (${isOurs});
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO millrace_app;`)
  if (options.engine) await engineTable(tx, table)
  await grantSequences(tx, table)
}

/** Puts a table under forced row level security and lets the engine work on all of its rows. Safe to call twice. */
export async function engineTable(tx: Tx, table: string): Promise<void> {
  const name = identifier(table)
  await tx.query(`
    ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS ${ENGINE_POLICY} ON ${name};
    CREATE POLICY ${ENGINE_POLICY} ON ${name} TO millrace_engine USING (true) WITH CHECK (true);
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO millrace_engine;`)
  await grantSequences(tx, table)
}

/** Lets the engine read some columns of a tenant's table. */
export async function engineReads(tx: Tx, table: string, columns: readonly string[]): Promise<void> {
  const name = identifier(table)
  await tx.query(`
    DROP POLICY IF EXISTS ${ENGINE_POLICY} ON ${name};
    CREATE POLICY ${ENGINE_POLICY} ON ${name} FOR SELECT TO millrace_engine USING (true);
    GRANT SELECT (${columns.map(identifier).join(', ')}) ON ${name} TO millrace_engine;`)
}

/** SERIAL columns, unlike identity columns, need a right of their own. */
async function grantSequences(tx: Tx, table: string): Promise<void> {
  const sequences = await tx.query<{ name: string }>(
    `SELECT s.oid::regclass::text AS name
       FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.refobjid = $1::regclass AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')`,
    [identifier(table)],
  )
  for (const { name } of sequences) await tx.query(`GRANT USAGE ON SEQUENCE ${name} TO millrace_app, millrace_engine`)
}
