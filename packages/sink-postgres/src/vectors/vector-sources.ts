import type { Connector, ReconcileSource } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'

/** An account is read by the connector of its type, and of its jobs. */
const ACCOUNTS = `
  SELECT id AS "integrationId", type AS connector FROM integrations WHERE type IS NOT NULL
  UNION
  SELECT integration_id, connector FROM etl_jobs WHERE integration_id IS NOT NULL AND connector IS NOT NULL
   ORDER BY 1, 2`

/** Every account of a tenant with what its connector embeds: what `reconcileVectors` and `buildVectors` go through. */
export async function vectorSources(
  db: Database,
  options: { readonly tenantId: number; readonly connectors: readonly Connector[] },
): Promise<readonly ReconcileSource[]> {
  const byName = new Map(options.connectors.map((connector) => [connector.name, connector]))
  const accounts = await db.query<{ integrationId: number; connector: string }>(tenant(options.tenantId), ACCOUNTS)
  return accounts.flatMap(({ integrationId, connector: name }) => {
    const connector = byName.get(name)
    return connector ? [{ integrationId, sourceType: name.toUpperCase(), entities: connector.entities }] : []
  })
}
