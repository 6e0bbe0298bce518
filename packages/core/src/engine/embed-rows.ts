import { hash } from 'node:crypto'
import { z } from 'zod'
import type { StoredRow } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import { uuidV5 } from '../ids/entity-id.ts'
import type { NewRow } from '../ports/ledger.ts'
import type { ReadRow } from '../ports/loader.ts'
import type { BridgeRow, BridgeScope } from '../ports/vector-bridge.ts'
import type { VectorCollection } from '../ports/vector-store.ts'
import type { Vectorizer } from './engine.ts'
import type { Work } from './open-work.ts'

const payloadSchema = z.object({ entity: z.string(), keys: z.array(z.string()) })

/** Raised when the text that a template renders from the same row changes. */
const TEMPLATE_VERSION = 1

/** A row's text and what the bridge remembers of it. */
interface Document {
  readonly row: ReadRow
  readonly text: string
  readonly bridge: BridgeRow
}

/**
 * Brings vectors in line with rows as they are now. Only ids travel: rows are read again, and a text whose hash is known is
 * not embedded. The bridge says `pending` before the store is touched and `ready` after it, so whatever a crash leaves
 * behind is found and done again; a row that changed meanwhile gets a follow-up.
 */
export async function embedRows(work: Work): Promise<void> {
  const { engine, connector } = work
  const { entity: name, keys } = payloadSchema.parse(work.lease().payload)
  const entity = connector.entities.find((found) => found.name === name)
  const { vectorizer } = engine
  if (!vectorizer || !entity) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to embed ${name}: ${vectorizer ? 'the connector has no such entity' : 'no vectorizer is configured'}.`,
    })
  }
  const { tenantId, integrationId } = work.lease()
  const profile = `${vectorizer.provider.name}/${vectorizer.provider.dimensions}/v${TEMPLATE_VERSION}`
  const scope: BridgeScope = { tenantId, integrationId, entity, profile }
  const collection: VectorCollection = { tenantId, profile, dimensions: vectorizer.provider.dimensions }

  const documents = await readDocuments(work, scope, keys)
  const known = new Map((await vectorizer.bridge.read(scope, keys)).map((row) => [row.key, row]))
  // An earlier attempt got as far as marking: what it did to the store afterwards, nobody knows.
  const resumed = work.lease().cursorSeq > 0
  const stale = documents.filter(({ bridge }) => {
    const found = known.get(bridge.key)
    return resumed || found?.state !== 'ready' || found.textHash !== bridge.textHash
  })
  const wanted = new Set(documents.map(({ row }) => row.key))
  const gone = [...known.values()]
    .filter((row) => !wanted.has(row.key))
    .map((row) => ({ ...row, state: 'deleting' as const }))
  const marks = [...stale.map(({ bridge }) => ({ ...bridge, state: 'pending' as const })), ...gone]
  if (marks.length > 0) {
    const effect = async (tx: unknown) => {
      await vectorizer.bridge.mark(scope, marks, tx)
      return { births: [] }
    }
    if (!(await work.commit({ row: { to: 'leased' }, effect }))) return
    try {
      await vectorizer.store.prepare(collection)
      await writePoints(vectorizer, collection, entity, stale, work)
      const stray = gone.map((row) => row.pointId)
      if (stray.length > 0) await vectorizer.store.delete(collection, stray)
    } catch (error) {
      if (!isMillraceError(error) || error.retryable || keys.length < 2) throw error
      // Some text of the batch is at fault: try the halves apart, until it is alone.
      const middle = keys.length >> 1
      const births = [keys.slice(0, middle), keys.slice(middle)].map((half) => embedRow(work, name, half))
      await work.commit({ row: { to: 'done' }, births })
      return
    }
  }

  const settled = [...documents.map(({ bridge }) => bridge), ...gone]
  await work.commit({
    row: { to: 'done' },
    totals: { embedded: stale.length },
    effect: async (tx) => {
      const changed = await vectorizer.bridge.settle(scope, settled, tx)
      if (changed.length === 0) return { births: [] }
      return { births: [embedRow(work, name, changed)] }
    },
  })
}

function embedRow(work: Work, entity: string, keys: readonly string[]): NewRow {
  return { step: work.step.name, jobType: 'embed', payload: { entity, keys } }
}

async function readDocuments(work: Work, scope: BridgeScope, keys: readonly string[]): Promise<readonly Document[]> {
  const documents: Document[] = []
  const render = scope.entity.embed as ((row: StoredRow) => string | null) | undefined
  for await (const rows of work.engine.loader.read(scope, scope.entity, { keys })) {
    for (const row of rows) {
      const text = render?.(declaredRow(scope.entity, row.values))?.trim()
      if (!text) continue
      const pointId = uuidV5(JSON.stringify([scope.tenantId, scope.entity.name, row.key, 0, scope.profile]))
      const textHash = hash('sha256', text, 'base64')
      documents.push({
        row,
        text,
        bridge: { key: row.key, chunk: 0, pointId, textHash, rowHash: row.hash, state: 'ready' },
      })
    }
  }
  return documents
}

/** The row under the names that the entity declares. */
function declaredRow(entity: AnyEntity, values: StoredRow): StoredRow {
  return entity.columnNames.includes('id') ? { ...values, id: values.external_id } : values
}

async function writePoints(
  { provider, store }: Vectorizer,
  collection: VectorCollection,
  entity: AnyEntity,
  documents: readonly Document[],
  work: Work,
): Promise<void> {
  for (let start = 0; start < documents.length; start += provider.maxBatch) {
    const batch = documents.slice(start, start + provider.maxBatch)
    const texts = batch.map(({ text }) => text)
    const facts = { 'millrace.provider': provider.name, 'millrace.texts': texts.length }
    const vectors = await work.engine.telemetry.span('millrace.embed.call', facts, () =>
      provider.embed(texts, work.signal),
    )
    const { integrationId } = work.lease()
    const points = batch.flatMap(({ row, bridge }, index) => {
      const vector = vectors[index]
      const payload = {
        entity: entity.name,
        row_id: row.key,
        integration_id: integrationId,
        text_hash: bridge.textHash,
      }
      return vector ? [{ id: bridge.pointId, vector, rowVersion: row.seq, payload }] : []
    })
    if (points.length !== batch.length) {
      throw new MillraceError('EMBED_FAILED', {
        message: `Failed to embed ${entity.name}: ${provider.name} returned ${vectors.length} vectors for ${batch.length} texts.`,
      })
    }
    await store.upsert(collection, points)
  }
}
