import {
  type Clock,
  FUSION_K,
  fusionDepth,
  isMillraceError,
  MillraceError,
  stillServing,
  systemClock,
  type VectorCollection,
  type VectorMatch,
  type VectorPayload,
  type VectorQuery,
  type VectorStore,
} from '@millrace/core'
import { QdrantClient, type Schemas } from '@qdrant/js-client-rest'
import { z } from 'zod'
import { namingOf } from './collection-name.ts'
import { dropTenant } from './drop-tenant.ts'
import { batchesOf, byVersion, type GuardedWrite } from './point-batches.ts'
import {
  MEANING,
  type PreparedCollection,
  prepareCollection,
  profileOfCollection,
  statusOf,
  tuneCollection,
  WORDS,
} from './prepare-collection.ts'
import { qdrantFailure } from './qdrant-failure.ts'
import { type QdrantOptions, qdrantOptions } from './qdrant-options.ts'
import { notNewerThan, ofTenant, searchConditions, toFilter } from './to-filter.ts'

const PAGE_SIZE = 1000

const payloadSchema = z.record(z.string(), z.json())
const matchSchema = z.array(z.object({ id: z.string(), score: z.number(), payload: payloadSchema }))
const pageSchema = z.object({
  points: z.array(z.object({ id: z.string(), payload: z.object({ row_version: z.int() }) })),
  next_page_offset: z.union([z.string(), z.number()]).nullish(),
})

/**
 * Vectors in Qdrant (1.17 or later), dense and sparse beside each other.
 *
 * A write is guarded by the version of its row and waited for, as deletes are. Versions and, where tenants share a
 * collection, the tenant travel in the payload; searches do not show them. Qdrant's answer to too many requests becomes
 * RATE_LIMITED with the time it asks for.
 *
 * @throws INVALID_CONFIG when the options do not validate
 */
export function qdrantStore(
  given: QdrantOptions = {},
  { clock = systemClock }: { readonly clock?: Pick<Clock, 'now'> } = {},
): VectorStore {
  const parsed = qdrantOptions.safeParse(given)
  if (!parsed.success) {
    const message = `Failed to open Qdrant: ${z.prettifyError(parsed.error)}. Correct these options.`
    throw new MillraceError('INVALID_CONFIG', { message })
  }
  const options = parsed.data
  const naming = namingOf(options)
  const client = new QdrantClient({
    url: options.url,
    // The client would add 6333 to every URL that does not name its port.
    port: Number(new URL(options.url).port) || (options.url.startsWith('https:') ? 443 : 80),
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    timeout: options.timeoutMs,
    checkCompatibility: false,
  })
  const prepared = new Map<string, Promise<PreparedCollection>>()

  const asking = async <T>(doing: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (error) {
      throw qdrantFailure(error, doing, clock.now())
    }
  }
  /** Somebody may delete a collection that this process has prepared: then it is made anew at the next try. */
  const writing = async <T>(doing: string, collection: VectorCollection, ask: () => Promise<T>): Promise<T> => {
    try {
      return await asking(doing, ask)
    } catch (error) {
      if (!isMillraceError(error) || error.context.status !== 404) throw error
      prepared.delete(keyOf(collection))
      throw new MillraceError('HTTP_UNAVAILABLE', {
        message: `Failed to ${doing}: somebody has deleted it. It is made anew when this is tried again; reconcile to have all of its points.`,
        cause: error,
      })
    }
  }
  const storedPayload = (
    { tenantId }: VectorCollection,
    rowVersion: number,
    payload: VectorPayload,
  ): VectorPayload => ({
    ...payload,
    row_version: rowVersion,
    ...(naming.tenantField && { [naming.tenantField]: String(tenantId) }),
  })
  const shownPayload = ({ row_version: _, tenant_id: tenant, ...payload }: VectorPayload): VectorPayload =>
    naming.tenantField || tenant === undefined ? payload : { ...payload, tenant_id: tenant }

  const write = async (
    collection: VectorCollection,
    batches: readonly (readonly Schemas['UpdateOperation'][])[],
  ): Promise<void> => {
    const name = naming.collection(collection)
    const waiting = [...batches]
    const lane = async (): Promise<void> => {
      for (let operations = waiting.shift(); operations; operations = waiting.shift()) {
        const results = await client.batchUpdate(name, { operations: [...operations], wait: true })
        const unfinished = results.find(({ status }) => status !== 'completed')
        if (!unfinished) continue
        throw new MillraceError('HTTP_TIMEOUT', {
          message: `Failed to write to collection ${name}: Qdrant answers ${unfinished.status} and not completed. It is tried again.`,
        })
      }
    }
    await writing(`write to collection ${name}`, collection, () =>
      Promise.all(Array.from({ length: options.concurrency }, lane)),
    )
  }
  const limits = async (collection: VectorCollection): Promise<{ readonly count: number; readonly bytes: number }> => {
    const maxPoints = (await prepared.get(keyOf(collection)))?.maxPoints ?? options.batchSize
    return { count: Math.min(options.batchSize, maxPoints), bytes: options.batchBytes }
  }
  const servingCollection = async (tenantId: number): Promise<string | undefined> => {
    const { aliases } = await client.getAliases()
    return aliases.find(({ alias_name }) => alias_name === naming.alias(tenantId))?.collection_name
  }
  const pointAlias = (collection: VectorCollection, from: string | undefined): Promise<boolean> => {
    const alias_name = naming.alias(collection.tenantId)
    const create = { create_alias: { alias_name, collection_name: naming.collection(collection) } }
    // Both in one request: there is no moment without the alias.
    return client.updateCollectionAliases({ actions: from ? [{ delete_alias: { alias_name } }, create] : [create] })
  }

  return {
    name: 'qdrant',
    sparse: true,

    async prepare(collection) {
      const key = keyOf(collection)
      const preparing =
        prepared.get(key) ??
        asking(`prepare collection ${naming.collection(collection)}`, async () => {
          const made = await prepareCollection(client, naming, collection)
          const serving = await servingCollection(collection.tenantId)
          if (serving === undefined) await pointAlias(collection, serving)
          return made
        })
      prepared.set(key, preparing)
      await preparing.catch((error: unknown) => {
        prepared.delete(key)
        throw error
      })
    },

    async upsert(collection, points) {
      const writes = points.map(({ id, vector, sparse, rowVersion, payload }): GuardedWrite => {
        requireDimensions(collection, vector)
        const words = { indices: [...(sparse?.indices ?? [])], values: [...(sparse?.values ?? [])] }
        const vectors = { [MEANING]: Array.from(vector), ...(words.indices.length > 0 && { [WORDS]: words }) }
        return { rowVersion, point: { id, vector: vectors, payload: storedPayload(collection, rowVersion, payload) } }
      })
      const batches = batchesOf(writes, await limits(collection)).map((batch) =>
        [...byVersion(batch)].map(([version, group]) => ({
          upsert: {
            points: [...group],
            update_filter: toFilter([notNewerThan(version)], ofTenant(naming, collection.tenantId)),
          },
        })),
      )
      await write(collection, batches)
    },

    async patch(collection, patches) {
      const operations = patches.map(({ id, rowVersion, payload }) => ({
        overwrite_payload: {
          payload: storedPayload(collection, rowVersion, payload),
          filter: toFilter([{ has_id: [id] }, notNewerThan(rowVersion)], ofTenant(naming, collection.tenantId)),
        },
      }))
      await write(collection, batchesOf(operations, await limits(collection)))
    },

    async delete(collection, points) {
      const most = { count: PAGE_SIZE, bytes: options.batchBytes }
      const operations = [...Map.groupBy(points, ({ rowVersion }) => rowVersion)].flatMap(([version, group]) =>
        batchesOf(group, most).map((batch) => {
          const conditions = [{ has_id: batch.map(({ id }) => id) }, notNewerThan(version)]
          return { delete: { filter: toFilter(conditions, ofTenant(naming, collection.tenantId)) } }
        }),
      )
      await write(collection, batchesOf(operations, await limits(collection)))
    },

    async search(collection, query) {
      const name = naming.collection(collection)
      if (query.dense) requireDimensions(collection, query.dense)
      const filter = toFilter(searchConditions(query.filter), ofTenant(naming, collection.tenantId))
      const request = queryOf(query, filter)
      if (!request) return []
      const { points } = await asking(`search collection ${name}`, () =>
        client.query(name, { ...request, with_payload: true }),
      )
      return matchSchema
        .parse(points)
        .map(({ id, score, payload }): VectorMatch => ({ id, score, payload: shownPayload(payload) }))
    },

    async *points(collection) {
      const name = naming.collection(collection)
      const filter = toFilter(ofTenant(naming, collection.tenantId))
      let offset: string | number | undefined
      do {
        const scrolled = await asking(`list collection ${name}`, () =>
          client.scroll(name, {
            filter,
            limit: PAGE_SIZE,
            with_payload: ['row_version'],
            ...(offset !== undefined && { offset }),
          }),
        )
        const page = pageSchema.parse(scrolled)
        if (page.points.length > 0)
          yield page.points.map(({ id, payload }) => ({ id, rowVersion: payload.row_version }))
        offset = page.next_page_offset ?? undefined
      } while (offset !== undefined)
    },

    serving: (tenantId) =>
      asking(`read the alias ${naming.alias(tenantId)}`, async () => {
        const name = await servingCollection(tenantId)
        return name === undefined ? undefined : profileOfCollection(client, name)
      }),

    async serve(collection) {
      const name = naming.collection(collection)
      await asking(`let collection ${name} serve`, async () => {
        // Asked first, since an alias that leads nowhere would be lost.
        await client.getCollection(name)
        const serving = await servingCollection(collection.tenantId)
        if (serving !== name) await pointAlias(collection, serving)
      })
    },

    tune: (collection, purpose) =>
      asking(`tune collection ${naming.collection(collection)}`, () =>
        tuneCollection(client, naming, collection, purpose),
      ),

    async drop(collection) {
      const name = naming.collection(collection)
      await asking(`drop collection ${name}`, async () => {
        if ((await servingCollection(collection.tenantId)) === name) throw stillServing(collection)
        prepared.delete(keyOf(collection))
        try {
          if (naming.tenantField)
            await client.delete(name, { filter: toFilter(ofTenant(naming, collection.tenantId)), wait: true })
          else await client.deleteCollection(name)
        } catch (error) {
          if (statusOf(error) !== 404) throw error
        }
      })
    },

    async dropTenant(tenantId) {
      for (const key of [...prepared.keys()]) if (isOf(key, tenantId)) prepared.delete(key)
      await asking(`drop what tenant ${tenantId} has`, () => dropTenant(client, naming, tenantId))
    },
  }
}

/** Undefined when nothing can match: a query of words that has none. */
function queryOf({ dense, sparse, weights, limit }: VectorQuery, filter: ReturnType<typeof toFilter>) {
  const words =
    sparse && sparse.indices.length > 0 ? { indices: [...sparse.indices], values: [...sparse.values] } : undefined
  const meaning = dense && Array.from(dense)
  if (meaning && words) {
    const depth = fusionDepth(limit)
    return {
      prefetch: [
        { query: meaning, using: MEANING, filter, limit: depth },
        { query: words, using: WORDS, filter, limit: depth },
      ],
      query: { rrf: { k: FUSION_K, weights: [weights?.dense ?? 1, weights?.sparse ?? 1] } },
      limit,
    }
  }
  if (meaning) return { query: meaning, using: MEANING, filter, limit }
  return words && { query: words, using: WORDS, filter, limit }
}

/** Of one process; the names of collections may be the same for several tenants. */
function keyOf({ tenantId, profile, dimensions }: VectorCollection): string {
  return JSON.stringify([tenantId, profile, dimensions])
}

function isOf(key: string, tenantId: number): boolean {
  return (JSON.parse(key) as readonly unknown[])[0] === tenantId
}

function requireDimensions({ profile, dimensions }: VectorCollection, vector: Float32Array): void {
  if (vector.length === dimensions) return
  throw new MillraceError('SCHEMA_MISMATCH', {
    message: `Failed to use vector collection ${profile} with ${dimensions} dimensions: a vector has ${vector.length}. Give another model another profile.`,
    context: { profile, dimensions, given: vector.length },
  })
}
