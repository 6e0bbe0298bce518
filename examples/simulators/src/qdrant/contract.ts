import { z } from 'zod'

/**
 * What the simulator understands of Qdrant 1.19, strictly: a client that sends anything else is refused, so that nothing is
 * silently ignored. Source: https://api.qdrant.tech/api-reference
 */
const pointId = z.union([z.int().min(0), z.uuid()])

const sparseVector = z
  .strictObject({
    indices: z.array(
      z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    ),
    values: z.array(z.number()),
  })
  .refine(({ indices, values }) => indices.length === values.length, 'values and indices must be the same length')
  .refine(({ indices }) => new Set(indices).size === indices.length, 'indices must be unique')

const condition = z.union([
  z.strictObject({ has_id: z.array(pointId) }),
  z.strictObject({ key: z.string(), match: z.strictObject({ value: z.union([z.string(), z.int(), z.boolean()]) }) }),
  z.strictObject({ key: z.string(), match: z.strictObject({ any: z.array(z.union([z.string(), z.int()])) }) }),
  z.strictObject({
    key: z.string(),
    range: z.union([
      z.strictObject({ gte: z.number().optional(), lte: z.number().optional(), lt: z.number().optional() }),
      z.strictObject({ gte: z.iso.datetime().optional(), lt: z.iso.datetime().optional() }),
    ]),
  }),
])
const filter = z.strictObject({ must: z.array(condition) })
const payload = z.record(z.string(), z.unknown())

const point = z.strictObject({
  id: pointId,
  vector: z.record(z.string(), z.union([z.array(z.number()), sparseVector])),
  payload,
})

export const createCollection = z.strictObject({
  vectors: z.record(
    z.string(),
    z.strictObject({ size: z.int().min(1), distance: z.enum(['Cosine', 'Dot', 'Euclid']) }),
  ),
  sparse_vectors: z.record(z.string(), z.strictObject({ modifier: z.enum(['idf', 'none']).optional() })).optional(),
  hnsw_config: z.strictObject({ m: z.int().min(0).optional(), payload_m: z.int().min(0).optional() }).optional(),
  metadata: payload.optional(),
})
export const patchCollection = z.strictObject({
  hnsw_config: z.strictObject({ m: z.int().min(0).optional() }).optional(),
  optimizers_config: z.strictObject({ indexing_threshold: z.int().min(0).optional() }).optional(),
})
export const createIndex = z.strictObject({
  field_name: z.string().min(1),
  field_schema: z.union([
    z.enum(['keyword', 'integer', 'datetime']),
    z.strictObject({ type: z.literal('keyword'), is_tenant: z.boolean().optional() }),
  ]),
})
export const updateBatch = z.strictObject({
  operations: z.array(
    z.union([
      z.strictObject({ upsert: z.strictObject({ points: z.array(point), update_filter: filter.optional() }) }),
      z.strictObject({ overwrite_payload: z.strictObject({ payload, filter }) }),
      z.strictObject({ delete: z.strictObject({ filter }) }),
    ]),
  ),
})
export const deletePoints = z.union([z.strictObject({ points: z.array(pointId) }), z.strictObject({ filter })])
export const scroll = z.strictObject({
  limit: z.int().min(1).default(10),
  offset: pointId.nullable().optional(),
  filter: filter.optional(),
  with_payload: z.union([z.boolean(), z.array(z.string())]).default(true),
  with_vector: z.literal(false).optional(),
})
const nearest = z.union([z.array(z.number()), sparseVector])
export const query = z.strictObject({
  query: z.union([
    nearest,
    z.strictObject({ rrf: z.strictObject({ k: z.int().min(1).optional(), weights: z.array(z.number()).optional() }) }),
  ]),
  using: z.string().optional(),
  filter: filter.optional(),
  prefetch: z
    .array(z.strictObject({ query: nearest, using: z.string(), filter: filter.optional(), limit: z.int().min(1) }))
    .optional(),
  limit: z.int().min(1).default(10),
  with_payload: z.boolean().default(false),
})
export const aliases = z.strictObject({
  actions: z.array(
    z.union([
      z.strictObject({ create_alias: z.strictObject({ collection_name: z.string(), alias_name: z.string() }) }),
      z.strictObject({ delete_alias: z.strictObject({ alias_name: z.string() }) }),
    ]),
  ),
})

export type Filter = z.output<typeof filter>
export type Point = z.output<typeof point>
export type PointId = z.output<typeof pointId>
export type CreateCollection = z.output<typeof createCollection>
export type Update = z.output<typeof updateBatch>['operations'][number]
export type Query = z.output<typeof query>
export type Nearest = z.output<typeof nearest>
export type IndexSchema = z.output<typeof createIndex>['field_schema']
