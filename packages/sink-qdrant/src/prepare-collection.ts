import { FILTER_FIELDS, MillraceError, type VectorCollection } from '@millrace/core'
import type { QdrantClient, Schemas } from '@qdrant/js-client-rest'
import { z } from 'zod'
import type { Naming } from './collection-name.ts'

/** The names of the two vectors that each point has. */
export const MEANING = 'meaning'
export const WORDS = 'words'

const M = 16

const infoSchema = z.object({
  payload_schema: z.record(z.string(), z.unknown()),
  config: z.object({
    params: z.object({
      vectors: z
        .record(z.string(), z.object({ size: z.int(), distance: z.string() }))
        .optional()
        .catch(undefined),
      sparse_vectors: z.record(z.string(), z.object({ modifier: z.string().nullish() })).nullish(),
    }),
    strict_mode_config: z.object({ enabled: z.boolean().nullish(), upsert_max_batchsize: z.int().nullish() }).nullish(),
    metadata: z.object({ millrace_profile: z.string().optional() }).nullish(),
  }),
})

/** What the store must know of a collection that is ready. */
export interface PreparedCollection {
  /** Set where strict mode limits how many points a request may write. */
  readonly maxPoints: number | undefined
}

/**
 * Makes a collection, and, before its first point, the indexes of everything that requests filter by: a filter without an
 * index scans, and strict mode refuses it. Processes may do so at once.
 *
 * @throws SCHEMA_MISMATCH when it exists with another size or metric
 */
export async function prepareCollection(
  client: QdrantClient,
  naming: Naming,
  collection: VectorCollection,
): Promise<PreparedCollection> {
  const name = naming.collection(collection)
  let info = await readInfo(client, name)
  if (!info) {
    await createCollection(client, naming, collection)
    info = await readInfo(client, name)
  }
  const dense = info?.config.params.vectors?.[MEANING]
  if (dense?.size !== collection.dimensions)
    throw mismatch(name, collection, `its vectors have ${dense?.size ?? 'no'} dimensions`)
  if (dense.distance !== 'Cosine')
    throw mismatch(name, collection, `it compares by ${dense.distance} and not by Cosine`)
  const words = info?.config.params.sparse_vectors?.[WORDS]
  if (words?.modifier !== 'idf')
    throw mismatch(name, collection, 'it lacks the sparse vector of words with the modifier idf')

  for (const [field, schema] of indexesOf(naming)) {
    if (info?.payload_schema[field] !== undefined) continue
    await client.createPayloadIndex(name, { field_name: field, field_schema: schema, wait: true })
  }
  const strict = info?.config.strict_mode_config
  return { maxPoints: (strict?.enabled && strict.upsert_max_batchsize) || undefined }
}

/** The profile that a collection was made for; undefined when it does not exist. */
export async function profileOfCollection(client: QdrantClient, name: string): Promise<string | undefined> {
  return (await readInfo(client, name))?.config.metadata?.millrace_profile
}

/** Puts building the graph off, or lets it be built. */
export async function tuneCollection(
  client: QdrantClient,
  naming: Naming,
  collection: VectorCollection,
  purpose: 'bulk-load' | 'serve',
): Promise<void> {
  // What tenants share serves the others meanwhile.
  if (naming.tenantField) return
  await client.updateCollection(naming.collection(collection), { hnsw_config: { m: purpose === 'bulk-load' ? 0 : M } })
}

/** Of two that create it at once, one is told that it exists. */
async function createCollection(client: QdrantClient, naming: Naming, collection: VectorCollection): Promise<void> {
  const vectors = { [MEANING]: { size: collection.dimensions, distance: 'Cosine' as const } }
  const shared = naming.tenantField !== undefined
  await client
    .createCollection(naming.collection(collection), {
      vectors,
      sparse_vectors: { [WORDS]: { modifier: 'idf' } },
      // One graph per tenant instead of one over all of them.
      ...(shared && { hnsw_config: { m: 0, payload_m: M } }),
      metadata: { millrace_profile: collection.profile },
    })
    .catch((error: unknown) => {
      if (statusOf(error) !== 409) throw error
    })
}

async function readInfo(client: QdrantClient, name: string): Promise<z.output<typeof infoSchema> | undefined> {
  try {
    return infoSchema.parse(await client.getCollection(name))
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

function indexesOf(naming: Naming): readonly (readonly [string, Schemas['PayloadFieldSchema']])[] {
  return [
    ...(naming.tenantField ? [[naming.tenantField, { type: 'keyword', is_tenant: true }] as const] : []),
    ['row_version', 'integer'] as const,
    ...Object.entries(FILTER_FIELDS),
  ]
}

export function statusOf(error: unknown): number | undefined {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined
  return typeof status === 'number' ? status : undefined
}

function mismatch(name: string, { profile, dimensions }: VectorCollection, reason: string): MillraceError {
  return new MillraceError('SCHEMA_MISMATCH', {
    message: `Failed to use Qdrant collection ${name} for ${profile} with ${dimensions} dimensions: ${reason}. Give another model another name, or delete the collection to have it made anew.`,
    context: { collection: name, profile, dimensions },
  })
}
