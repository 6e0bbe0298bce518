import type { ReconcileSource, VectorTools } from '@millrace/core'
import type { ModelRequest } from '@millrace/sink-postgres'
import type { Vectors } from '../vectors/open-vectors.ts'
import { toolsOfTenant } from '../vectors/tools-of-tenant.ts'
import type { Surroundings } from './command.ts'

/** What compares and builds a tenant's vectors, with the model that serves the tenant. */
export async function vectorTools({ db, tenantId, vectors }: Surroundings): Promise<{
  readonly tools: VectorTools
  readonly sources: readonly ReconcileSource[]
  readonly tenantId: number
}> {
  const tenant = await tenantId()
  return { ...(await toolsOfTenant(db, await vectors(), tenant)), tenantId: tenant }
}

/** What changes a tenant's model. */
export async function modelTools(
  { tenantId, secrets, actor, vectors }: Surroundings,
  tools: VectorTools,
): Promise<{ readonly request: ModelRequest; readonly defaultOf: Vectors['defaultOf'] }> {
  const { open, defaultOf } = await vectors()
  const request = { tenantId: await tenantId(), secrets: await secrets(), actor, open, tools }
  return { request, defaultOf }
}
