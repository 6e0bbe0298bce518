import type { ReconcileSource, VectorTools } from '@millrace/core'
import { type Database, postgresLoader, vectorSources } from '@millrace/sink-postgres'
import { CONNECTORS } from '../connectors.ts'
import type { Vectors } from './open-vectors.ts'

/** What compares and builds a tenant's vectors, with the model that serves the tenant. */
export async function toolsOfTenant(
  db: Database,
  { vectorizer, modelsOf }: Pick<Vectors, 'vectorizer' | 'modelsOf'>,
  tenantId: number,
): Promise<{ readonly tools: VectorTools; readonly sources: readonly ReconcileSource[] }> {
  const loader = postgresLoader(db)
  // A connector that never ran has no tables yet.
  await loader.prepare(CONNECTORS.flatMap((connector) => connector.entities))
  const sources = await vectorSources(db, { tenantId, connectors: CONNECTORS })
  const [model] = await modelsOf(tenantId)
  const { store, bridge } = vectorizer
  return { tools: { provider: model ?? vectorizer.provider, store, bridge, loader }, sources }
}
