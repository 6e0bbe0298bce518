import type { ReconcileSource, VectorTools } from '@millrace/core'
import { postgresLoader, vectorSources } from '@millrace/sink-postgres'
import { CONNECTORS } from '../connectors.ts'
import type { Surroundings } from './command.ts'

/** What compares and builds a tenant's vectors, with the model that serves the tenant. */
export async function vectorTools({ db, tenantId, vectors }: Surroundings): Promise<{
  readonly tools: VectorTools
  readonly sources: readonly ReconcileSource[]
  readonly tenantId: number
}> {
  const { vectorizer } = await vectors()
  const tenant = await tenantId()
  const loader = postgresLoader(db)
  // A connector that never ran has no tables yet.
  await loader.prepare(CONNECTORS.flatMap((connector) => connector.entities))
  const sources = await vectorSources(db, { tenantId: tenant, connectors: CONNECTORS })
  const [model] = (await vectorizer.modelsOf?.({ tenantId: tenant, integrationId: 0 })) ?? []
  const { store, bridge } = vectorizer
  return { tools: { provider: model ?? vectorizer.provider, store, bridge, loader }, sources, tenantId: tenant }
}
