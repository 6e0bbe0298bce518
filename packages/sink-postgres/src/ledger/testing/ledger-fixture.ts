import type { AnyEntity } from '@millrace/core'
import pg from 'pg'
import { OWNER } from '../../database/access.ts'
import type { Database } from '../../database/database.ts'
import { identifier } from '../../database/identifier.ts'

/** For tests: two tenants with a job each, on a ledger without runs. */
export interface LedgerTenants {
  readonly job: { readonly jobId: number; readonly tenantId: number }
  readonly otherTenantJob: { readonly jobId: number; readonly tenantId: number }
}

const TABLES = [
  'load_confirmations',
  'raw_extraction_data',
  'etl_job_queue',
  'etl_run_steps',
  'etl_runs',
  'unit_watermarks',
  'workers',
  'integration_limits',
  'qdrant_vectors',
  'etl_jobs',
  'integrations',
  'tenants',
]

const INSERT_TENANT = `INSERT INTO tenants (name) VALUES ($1) RETURNING id`
const INSERT_INTEGRATION = `INSERT INTO integrations (tenant_id, name) VALUES ($1, 'tracker') RETURNING id`
const INSERT_JOB = `
  INSERT INTO etl_jobs (tenant_id, integration_id, job_name, connector, schedule_interval_minutes, retry_interval_minutes)
  VALUES ($1, $2, 'Tracker', 'tracker', 60, 5) RETURNING id`

/** Empties the database, entities included that the test names, and fills in the tenants. */
export async function ledgerTenants(db: Database, entities: readonly AnyEntity[] = []): Promise<LedgerTenants> {
  return db.transaction(OWNER, async (tx) => {
    const tables = [...entities.map(({ name }) => name), ...TABLES]
    await tx.query(tables.map((table) => `DELETE FROM ${identifier(table)}`).join('; '))
    const insert = async (statement: string, values: readonly unknown[]): Promise<number> => {
      const [row] = await tx.query<{ id: number }>(statement, values)
      return row?.id ?? 0
    }
    const jobOf = async (name: string) => {
      const tenantId = await insert(INSERT_TENANT, [name])
      const integrationId = await insert(INSERT_INTEGRATION, [tenantId])
      return { tenantId, jobId: await insert(INSERT_JOB, [tenantId, integrationId]) }
    }
    return { job: await jobOf('first'), otherTenantJob: await jobOf('second') }
  })
}

/** A database of its own on the server, dropped in the end. */
export async function temporaryDatabase(serverUrl: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `millrace_ledger_${process.pid}_${Math.random().toString(36).slice(2, 8)}`
  const asAdmin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: serverUrl })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await asAdmin(`CREATE DATABASE ${identifier(name)}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => asAdmin(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`) }
}
