import type { QdrantClient } from '@qdrant/js-client-rest'
import type { Naming } from './collection-name.ts'
import { ofTenant, toFilter } from './to-filter.ts'

/** Removes what a tenant has: its alias, and its collections, or its points in those that all tenants share. */
export async function dropTenant(client: QdrantClient, naming: Naming, tenantId: number): Promise<void> {
  const alias_name = naming.alias(tenantId)
  const { aliases } = await client.getAliases()
  if (aliases.some((each) => each.alias_name === alias_name)) {
    await client.updateCollectionAliases({ actions: [{ delete_alias: { alias_name } }] })
  }
  const { collections } = await client.getCollections()
  for (const { name } of collections) {
    if (!naming.holds(name, tenantId)) continue
    if (naming.tenantField) await client.delete(name, { filter: toFilter(ofTenant(naming, tenantId)), wait: true })
    else await client.deleteCollection(name)
  }
}
