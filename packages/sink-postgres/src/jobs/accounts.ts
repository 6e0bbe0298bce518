import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'

export interface TenantFacts {
  readonly id: number
  readonly name: string
  readonly tier: 'free' | 'basic' | 'premium' | 'enterprise'
  readonly active: boolean
}

/** An account at a provider, without its credentials. */
export interface IntegrationFacts {
  readonly id: number
  readonly name: string
  readonly type: string | null
  readonly baseUrl: string | null
  readonly active: boolean
  readonly hasCredentials: boolean
  readonly jobs: number
}

const LIST_TENANTS = 'SELECT id, name, tier, active FROM tenants ORDER BY id'

const LIST_INTEGRATIONS = `
  SELECT i.id, i.name, i.type, i.base_url AS "baseUrl", i.active, i.credentials IS NOT NULL AS "hasCredentials",
    (SELECT count(*) FROM etl_jobs j WHERE j.integration_id = i.id) AS jobs
    FROM integrations i ORDER BY i.id`

/** All tenants of the database: for operators. */
export function listTenants(db: Database): Promise<readonly TenantFacts[]> {
  return db.query<TenantFacts>(ENGINE, LIST_TENANTS)
}

/** The integrations of a tenant. */
export function listIntegrations(
  db: Database,
  { tenantId }: { readonly tenantId: number },
): Promise<readonly IntegrationFacts[]> {
  return db.query<IntegrationFacts>(tenant(tenantId), LIST_INTEGRATIONS)
}
