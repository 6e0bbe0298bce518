import { createHash } from 'node:crypto'
import type { VectorCollection } from '@millrace/core'
import type { QdrantSettings } from './qdrant-options.ts'

/** How collections and aliases are called. */
export interface Naming {
  /** The collection that holds a tenant's points of a profile. */
  collection(collection: Pick<VectorCollection, 'tenantId' | 'profile'>): string
  /** Whether a collection of that name holds points of a tenant: of this one alone, or of all tenants. */
  holds(name: string, tenantId: number): boolean
  /** The alias that leads to the collection which serves a tenant. */
  alias(tenantId: number): string
  /** Set when tenants share collections: what their points carry, and every request filters by. */
  readonly tenantField: 'tenant_id' | undefined
}

/**
 * A profile holds signs that no name may have, so its name is what is left of it and a piece of its hash: readable, and
 * never the same for two profiles.
 */
export function namingOf({ collectionPrefix, collections }: QdrantSettings): Naming {
  const slug = (profile: string): string => {
    const readable = profile.toLowerCase().replace(/[^a-z0-9]+/g, '-')
    return `${readable.slice(0, 60)}-${createHash('sha256').update(profile).digest('hex').slice(0, 10)}`
  }
  const shared = collections === 'shared'
  const beginning = (tenantId: number): string => `${collectionPrefix}_${shared ? 'all' : `t${tenantId}`}_`
  return {
    collection: ({ tenantId, profile }) => beginning(tenantId) + slug(profile),
    holds: (name, tenantId) => name.startsWith(beginning(tenantId)),
    alias: (tenantId) => `${collectionPrefix}_t${tenantId}`,
    tenantField: shared ? 'tenant_id' : undefined,
  }
}
