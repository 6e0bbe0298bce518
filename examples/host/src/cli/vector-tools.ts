import type { ReconcileSource, VectorTools } from '@millrace/core'
import { type ModelRequest, postgresLoader, vectorSources } from '@millrace/sink-postgres'
import { CONNECTORS } from '../connectors.ts'
import type { Vectors } from '../vectors/open-vectors.ts'
import type { Surroundings } from './command.ts'

/** What compares and builds a tenant's vectors, with the model that serves the tenant. */
export async function vectorTools({ db, tenantId, vectors }: Surroundings): Promise<{
  readonly tools: VectorTools
  readonly sources: readonly ReconcileSource[]
  readonly tenantId: number
}> {
  const { vectorizer, modelsOf } = await vectors()
  const tenant = await tenantId()
  const loader = postgresLoader(db)
  // A connector that never ran has no tables yet.
  await loader.prepare(CONNECTORS.flatMap((connector) => connector.entities))
  const sources = await vectorSources(db, { tenantId: tenant, connectors: CONNECTORS })
  const [model] = await modelsOf(tenant)
  const { store, bridge } = vectorizer
  return { tools: { provider: model ?? vectorizer.provider, store, bridge, loader }, sources, tenantId: tenant }
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
