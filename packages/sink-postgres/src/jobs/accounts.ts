import type { Json } from '@millrace/core'
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
  readonly username: string | null
  readonly settings: { readonly [key: string]: Json }
  readonly embedding: { readonly [key: string]: Json } | null
  readonly logoFilename: string | null
  readonly active: boolean
  readonly hasCredentials: boolean
  readonly jobs: number
  readonly createdAt: Date
  readonly lastUpdatedAt: Date
}

const LIST_TENANTS = 'SELECT id, name, tier, active FROM tenants ORDER BY id'

const LIST_INTEGRATIONS = `
  SELECT i.id, i.name, i.type, i.base_url AS "baseUrl", i.username, i.settings, i.embedding,
    i.logo_filename AS "logoFilename", i.active, i.credentials IS NOT NULL AS "hasCredentials",
    (SELECT count(*) FROM etl_jobs j WHERE j.integration_id = i.id) AS jobs, i.created_at AS "createdAt",
    i.last_updated_at AS "lastUpdatedAt"
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
