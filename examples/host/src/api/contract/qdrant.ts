import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { count, id, idText, time } from './scalars.ts'

/** The vectors of one model, for one tenant. */
export const collection = z.object({
  /** Provider, model, dimensions and format in one name. */
  profile: z.string(),
  /** Whether searches are answered from it. */
  serving: z.boolean(),
  /** Whether this program can embed with its model. */
  configured: z.boolean(),
  points: count,
  dimensions: count.nullable(),
})
export type Collection = z.output<typeof collection>

/** How far the rows of an entity can be found, in numbers of rows; `chunks` counts points. */
export const coverage = z.object({
  entity: z.string(),
  integration_id: id,
  rows: count,
  embedded: count,
  pending: count,
  failed: count,
  missing: count,
  wordless: count,
  orphans: count,
  chunks: count,
  last_embedded_at: time.nullable(),
  last_error: z.string().nullable(),
})
export type Coverage = z.output<typeof coverage>

const report = z.object({
  rows: count,
  documents: count,
  points: count,
  missing: count,
  stale: count,
  orphans: count,
  embedded: count,
  patched: count,
  removed: count,
  failed: z.array(z.object({ entity: z.string(), keys: z.array(z.string()), reason: z.string() })),
  /** Whether orphans were left alone because they are suspiciously many. */
  refused: z.boolean(),
})

/** Work of minutes that this process does on request. */
export const vectorTask = z.object({
  kind: z.enum(['reconcile', 'model-change']),
  state: z.enum(['running', 'finished', 'failed']),
  started_at: time,
  finished_at: time.nullable(),
  /** Rows that were looked at, and documents that were embedded, so far; of how many rows, where that is known. */
  progress: z.object({ rows: count, embedded: count, of: count.optional() }).nullable(),
  report: report.nullable(),
  error: z.string().nullable(),
})
export type VectorTask = z.output<typeof vectorTask>

/** A model as an account's `embedding` names it, the key of its server included, which is stored and never shown. */
const modelChoice = z
  .strictObject({
    /** @default the model that this program is configured with */
    embedding: z.record(z.string().max(100), z.json()).optional(),
  })
  .default({})

export const qdrantRoutes = defineRoutes({
  listCollections: {
    method: 'GET',
    path: '/app/etl/qdrant/collections',
    summary: 'List the collections of the tenant and which one serves',
    tag: 'qdrant',
    role: 'user',
    response: z.array(collection),
  },
  vectorCoverage: {
    method: 'GET',
    path: '/app/etl/qdrant/coverage',
    summary: 'Tell how many rows can be found',
    tag: 'qdrant',
    role: 'user',
    query: z.strictObject({ integration_id: idText.optional() }),
    response: z.object({ profile: z.string().nullable(), entities: z.array(coverage) }),
  },
  reconcileVectors: {
    method: 'POST',
    path: '/app/etl/qdrant/reconcile',
    summary:
      'Compare rows and vectors in both directions, and put right what differs when asked to; 409 while it goes on',
    tag: 'qdrant',
    role: 'operator',
    body: z.strictObject({ repair: z.boolean().default(false) }).default({ repair: false }),
    status: 202,
    response: vectorTask,
  },
  listVectorTasks: {
    method: 'GET',
    path: '/app/etl/qdrant/tasks',
    summary: 'List what goes on with vectors and what went on lately, the newest first',
    tag: 'qdrant',
    role: 'user',
    response: z.array(vectorTask),
  },
  estimateModelChange: {
    method: 'GET',
    path: '/app/etl/qdrant/model-change/estimate',
    summary: 'Tell what building another model’s vectors would take, without asking its provider',
    tag: 'qdrant',
    role: 'operator',
    response: z.object({ rows: count, documents: count, chunks: count, tokens: count }),
  },
  changeModel: {
    method: 'POST',
    path: '/app/etl/qdrant/model-change',
    summary: 'Build another model’s vectors beside the ones that serve, then let them serve',
    tag: 'qdrant',
    role: 'admin',
    body: modelChoice,
    status: 202,
    response: vectorTask,
  },
  rollBackModel: {
    method: 'POST',
    path: '/app/etl/qdrant/model-change/roll-back',
    summary: 'Let the model from before serve again, at once',
    tag: 'qdrant',
    role: 'admin',
    response: z.object({ profile: z.string() }),
  },
  forgetModels: {
    method: 'POST',
    path: '/app/etl/qdrant/model-change/forget',
    summary: 'Remove the vectors of every model but the one that serves',
    tag: 'qdrant',
    role: 'admin',
    response: z.object({ forgotten: z.array(z.string()) }),
  },
})
