import { hash } from 'node:crypto'

/** Namespace of every id that Millrace derives; changing it would orphan all stored rows and vectors. */
const NAMESPACE = Buffer.from('8f2c6a52d2b04d0e9d3b6f0a5c1e7b94', 'hex')

/**
 * The UUIDv5 (RFC 9562) of an entity row, computed from [tenant, integration, entity, externalId]: the same anywhere,
 * without a look-up and in any order of arrival.
 */
export function entityId(tenantId: number, integrationId: number, entity: string, externalId: string): string {
  return uuidV5(JSON.stringify([tenantId, integrationId, entity, externalId]))
}

/** A UUIDv5 in Millrace's namespace. */
export function uuidV5(name: string): string {
  const digest = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name, 'utf8')]), 'hex')
  const variant = ((Number.parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  const hex = `${digest.slice(0, 12)}5${digest.slice(13, 16)}${variant}${digest.slice(18, 32)}`
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
