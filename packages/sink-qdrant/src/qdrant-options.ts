import { z } from 'zod'

/**
 * How to reach a Qdrant server, and how its collections are named.
 *
 * Source: https://qdrant.tech/documentation/guides/multitenancy/
 */
export const qdrantOptions = z.strictObject({
  /** Base URL of the REST API. @default 'http://localhost:6333' */
  url: z.url({ protocol: /^https?$/ }).default('http://localhost:6333'),
  /** Key of a secured server. @default none */
  apiKey: z.string().min(1).optional(),
  /** Put before every collection's name, to share a server. @default 'millrace' */
  collectionPrefix: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*$/, 'use lower-case letters, digits, - and _')
    .default('millrace'),
  /** One collection per tenant, or one that all share with an index on the tenant. @default 'tenant' */
  collections: z.enum(['tenant', 'shared']).default('tenant'),
  /** Points per request. @default 128 */
  batchSize: z.int().min(1).max(1_000).default(128),
})

/** What `qdrantOptions` accepts. */
export type QdrantOptions = z.input<typeof qdrantOptions>
