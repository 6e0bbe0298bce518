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
  /**
   * One collection per tenant and profile, or one per profile that all tenants share, with an index on the tenant: for
   * many small tenants, who then also share how rare a word is. Changing it later means building all vectors anew.
   * @default 'tenant'
   */
  collections: z.enum(['tenant', 'shared']).default('tenant'),
  /** Points per request; a collection's strict mode may lower it. @default 128 */
  batchSize: z.int().min(1).max(1_000).default(128),
  /** Size of a request at most; the server's own limit is 32 MiB. @default 8_000_000 */
  batchBytes: z.int().min(10_000).max(32_000_000).default(8_000_000),
  /** Requests that write at the same time. @default 2 */
  concurrency: z.int().min(1).max(16).default(2),
  /** For one request. @default 60_000 */
  timeoutMs: z.int().min(1_000).default(60_000),
})

/** What `qdrantOptions` accepts. */
export type QdrantOptions = z.input<typeof qdrantOptions>

/** With every default filled in. */
export type QdrantSettings = z.output<typeof qdrantOptions>
