import { z } from 'zod'
import {
  applyUpdate,
  type Collection,
  checkLimit,
  checkUpdate,
  newCollection,
  requireIndexes,
  runQuery,
} from './collection.ts'
import * as contract from './contract.ts'
import { meets } from './filter.ts'
import { Refusal } from './refusal.ts'
import type { ServerState } from './server-state.ts'

export interface Asked<Body> {
  readonly name: string
  readonly body: Body
  readonly wait: boolean
}

/** One endpoint, under the path that Qdrant's OpenAPI file gives it. */
export interface QdrantRoute {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body: z.ZodType | undefined
  readonly answer: (asked: Asked<never>) => unknown
}

const COLLECTION = '/collections/{collection_name}'

/** The endpoints that the simulator has. */
export const qdrantRoutes = (state: ServerState): readonly QdrantRoute[] => [
  route('GET', COLLECTION, z.undefined(), ({ name }) => infoOf(state.open(name))),
  route('PUT', COLLECTION, contract.createCollection, ({ name, body }) => {
    if (state.collections.has(name)) throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`)
    state.collections.set(name, newCollection(body, state.strictMode))
    return true
  }),
  route('PATCH', COLLECTION, contract.patchCollection, ({ name, body }) => {
    const { tuning } = state.open(name)
    tuning.m = body.hnsw_config?.m ?? tuning.m
    tuning.indexingThreshold = body.optimizers_config?.indexing_threshold ?? tuning.indexingThreshold
    return true
  }),
  route('DELETE', COLLECTION, z.undefined(), ({ name }) => {
    for (const [alias, target] of state.aliases) if (target === name) state.aliases.delete(alias)
    return state.collections.delete(name)
  }),
  route('PUT', `${COLLECTION}/index`, contract.createIndex, ({ name, body, wait }) => {
    const { indexes } = state.open(name)
    return state.write(wait, () => void indexes.set(body.field_name, body.field_schema))
  }),
  route('POST', `${COLLECTION}/points/batch`, contract.updateBatch, ({ name, body, wait }) => {
    const collection = state.open(name)
    for (const update of body.operations) checkUpdate(collection, update)
    return body.operations.map((update) => state.write(wait, () => applyUpdate(collection, update)))
  }),
  route('POST', `${COLLECTION}/points/delete`, contract.deletePoints, ({ name, body, wait }) => {
    const collection = state.open(name)
    const filter = 'filter' in body ? body.filter : { must: [{ has_id: body.points }] }
    checkUpdate(collection, { delete: { filter } })
    return state.write(wait, () => applyUpdate(collection, { delete: { filter } }))
  }),
  route('POST', `${COLLECTION}/points/scroll`, contract.scroll, ({ name, body }) => {
    const collection = state.open(name)
    checkLimit(collection, body.limit)
    requireIndexes(collection, body.filter, 'unindexed_filtering_retrieve')
    const from = body.offset
    const found = [...collection.points.values()]
      .filter(
        (point) =>
          meets(point, body.filter) && (from === undefined || from === null || String(point.id) >= String(from)),
      )
      .sort((left, right) => (String(left.id) < String(right.id) ? -1 : 1))
    const points = found
      .slice(0, body.limit)
      .map(({ id, payload }) => ({ id, payload: chosen(payload, body.with_payload) }))
    return { points, next_page_offset: found[body.limit]?.id ?? null }
  }),
  route('POST', `${COLLECTION}/points/query`, contract.query, ({ name, body }) => {
    const collection = state.open(name)
    const points = runQuery(collection, body).map(({ id, score }) => {
      const payload = chosen(collection.points.get(id)?.payload ?? {}, body.with_payload)
      return { id, version: 0, score, payload }
    })
    return { points }
  }),
  route('POST', '/collections/aliases', contract.aliases, ({ body }) => {
    for (const action of body.actions) {
      if ('delete_alias' in action) state.aliases.delete(action.delete_alias.alias_name)
      else {
        const { alias_name, collection_name } = action.create_alias
        state.open(collection_name)
        if (state.collections.has(alias_name))
          throw new Refusal(409, `Wrong input: Collection \`${alias_name}\` already exists!`)
        state.aliases.set(alias_name, collection_name)
      }
    }
    return true
  }),
  route('GET', '/collections', z.undefined(), () => ({
    collections: [...state.collections.keys()].map((name) => ({ name })),
  })),
  route('GET', '/aliases', z.undefined(), () => ({
    aliases: [...state.aliases].map(([alias_name, collection_name]) => ({ alias_name, collection_name })),
  })),
]

const route = <Body extends z.ZodType>(
  method: QdrantRoute['method'],
  path: string,
  body: Body,
  answer: (asked: Asked<z.output<Body>>) => unknown,
): QdrantRoute => ({ method, path, body: body instanceof z.ZodUndefined ? undefined : body, answer })

const chosen = (
  payload: Readonly<Record<string, unknown>>,
  wanted: boolean | readonly string[],
): Readonly<Record<string, unknown>> | null => {
  if (wanted === false) return null
  if (wanted === true) return payload
  return Object.fromEntries(Object.entries(payload).filter(([name]) => wanted.includes(name)))
}

const infoOf = ({ config, strict, indexes, points, tuning }: Collection): unknown => ({
  status: 'green',
  optimizer_status: 'ok',
  points_count: points.size,
  segments_count: 1,
  config: {
    params: { vectors: config.vectors, sparse_vectors: config.sparse_vectors },
    hnsw_config: { m: tuning.m, ef_construct: 100, full_scan_threshold: 10_000, max_indexing_threads: 0 },
    optimizer_config: {
      deleted_threshold: 0.2,
      vacuum_min_vector_number: 1000,
      default_segment_number: 0,
      flush_interval_sec: 5,
      indexing_threshold: tuning.indexingThreshold,
    },
    strict_mode_config: strict,
    metadata: config.metadata ?? null,
  },
  payload_schema: Object.fromEntries(
    [...indexes].map(([field, schema]) => [
      field,
      { data_type: typeof schema === 'object' ? schema.type : schema, points: points.size },
    ]),
  ),
})
