import type { AnyEntity } from '../contracts/entity.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { Loader } from '../ports/loader.ts'
import type { BridgeRow, BridgeScope, VectorBridge } from '../ports/vector-bridge.ts'
import type { VectorCollection, VectorPoint, VectorStore } from '../ports/vector-store.ts'
import { type Document, documentsOf, lengthOf, profileOf } from './documents.ts'
import { paceByText } from './pace.ts'
import { sparseWords } from './sparse-words.ts'

/**
 * Numbers of the vectors of one batch at most: 64 vectors of 1536. Reading and writing that many as JSON takes some 30 ms, for
 * which the thread does nothing else.
 */
const NUMBERS_PER_BATCH = 98_304

/** What brings vectors in line with rows. */
export interface VectorTools {
  readonly provider: EmbeddingProvider
  readonly store: VectorStore
  readonly bridge: VectorBridge
  readonly loader: Pick<Loader, 'read'>
}

export interface SyncRequest {
  readonly tenantId: number
  readonly integrationId: number
  readonly entity: AnyEntity
  /** Kind of source in capitals. */
  readonly sourceType: string
  /** Keys of the rows. */
  readonly keys: readonly string[]
  /** Whether all these rows are in doubt, whatever the bridge says: an earlier attempt may have reached the store. */
  readonly doubt: boolean
  readonly signal: AbortSignal
  /** Commits the marks before the store is touched; false means that somebody else does the work now. */
  mark(scope: BridgeScope, rows: readonly BridgeRow[]): Promise<boolean>
}

export interface SyncResult {
  readonly scope: BridgeScope
  /** What `VectorBridge.settle` is to be given, in the transaction that ends the work. */
  readonly settled: readonly BridgeRow[]
  readonly embedded: number
  readonly patched: number
  readonly removed: number
}

/**
 * Brings the points of some rows in line with the rows as they are now, up to settling. Rows are read again; a text whose
 * hash is known is not embedded; where only the payload differs, it is patched; chunks that a shorter text no longer has,
 * and those of rows that are gone, are removed. The marks are committed before the store is touched, so whatever a crash
 * leaves behind is found and done again.
 *
 * Returns undefined when the marks could not be committed.
 *
 * @throws EMBED_FAILED, RATE_LIMITED and what the store throws
 */
export async function syncDocuments(tools: VectorTools, request: SyncRequest): Promise<SyncResult | undefined> {
  const { provider, store, bridge } = tools
  const { tenantId, integrationId, entity, keys } = request
  const profile = profileOf(provider)
  const scope: BridgeScope = { tenantId, integrationId, entity, profile }
  const collection: VectorCollection = { tenantId, profile, dimensions: provider.dimensions }

  const { documents: rendered, rowHashes } = await readDocuments(tools, scope, request)
  const known = await bridge.read(scope, keys)
  const documents = notBehind(rendered, known)
  const plan = planOf(documents, known, request.doubt)
  const gone = known
    .filter((row) => !plan.wanted.has(nameOf(row)))
    .map((row) => ({ ...row, rowHash: rowHashes.get(row.key) ?? '', state: 'deleting' as const }))
  const pending = [...plan.stale, ...plan.patched].map((document) => ({
    ...document.bridge,
    state: 'pending' as const,
  }))
  const marks = [...pending, ...gone]
  if (marks.length > 0) {
    if (!(await request.mark(scope, marks))) return undefined
    await store.prepare(collection)
    await writePoints(tools, collection, entity, plan.stale, request.signal)
    if (plan.patched.length > 0) {
      const patches = plan.patched.map(({ bridge: { pointId, rowVersion }, payload }) => ({
        id: pointId,
        rowVersion,
        payload,
      }))
      await store.patch(collection, patches)
    }
    if (gone.length > 0) {
      await store.delete(
        collection,
        gone.map(({ pointId, rowVersion }) => ({ id: pointId, rowVersion })),
      )
    }
  }
  return {
    scope,
    settled: [...documents.map((document) => document.bridge), ...gone],
    embedded: plan.stale.length,
    patched: plan.patched.length,
    removed: gone.length,
  }
}

/** Documents whose points accept them: a row's own sequence may be lower than what its point was written with. */
function notBehind(documents: readonly Document[], known: readonly BridgeRow[]): readonly Document[] {
  const versions = new Map(known.map((row) => [nameOf(row), row.rowVersion]))
  return documents.map((document) => {
    const rowVersion = Math.max(document.bridge.rowVersion, versions.get(nameOf(document.bridge)) ?? 0)
    return { ...document, bridge: { ...document.bridge, rowVersion } }
  })
}

interface Plan {
  /** To be embedded. */
  readonly stale: readonly Document[]
  /** Of which only the payload differs. */
  readonly patched: readonly Document[]
  readonly wanted: ReadonlySet<string>
}

function planOf(documents: readonly Document[], known: readonly BridgeRow[], doubt: boolean): Plan {
  const byName = new Map(known.map((row) => [nameOf(row), row]))
  const isReady = ({ bridge }: Document): boolean => {
    const found = byName.get(nameOf(bridge))
    return !doubt && found?.state === 'ready' && found.textHash === bridge.textHash
  }
  return {
    stale: documents.filter((document) => !isReady(document)),
    patched: documents.filter(
      (document) =>
        isReady(document) && byName.get(nameOf(document.bridge))?.payloadHash !== document.bridge.payloadHash,
    ),
    wanted: new Set(documents.map(({ bridge }) => nameOf(bridge))),
  }
}

function nameOf({ key, chunk }: Pick<BridgeRow, 'key' | 'chunk'>): string {
  return `${key} ${chunk}`
}

async function readDocuments(
  { loader }: VectorTools,
  scope: BridgeScope,
  { keys, sourceType }: SyncRequest,
): Promise<{ readonly documents: readonly Document[]; readonly rowHashes: ReadonlyMap<string, string> }> {
  const documents: Document[] = []
  const rowHashes = new Map<string, string>()
  const pace = paceByText()
  for await (const rows of loader.read(scope, scope.entity, { keys })) {
    for (const row of rows) {
      rowHashes.set(row.key, row.hash)
      const chunks = documentsOf(scope, sourceType, row)
      documents.push(...chunks)
      await pace(lengthOf(chunks))
    }
  }
  return { documents, rowHashes }
}

async function writePoints(
  { provider, store }: VectorTools,
  collection: VectorCollection,
  entity: AnyEntity,
  documents: readonly Document[],
  signal: AbortSignal,
): Promise<void> {
  const most = Math.max(1, Math.min(provider.maxBatch, Math.floor(NUMBERS_PER_BATCH / provider.dimensions)))
  const pace = paceByText()
  for (let start = 0; start < documents.length; start += most) {
    const batch = documents.slice(start, start + most)
    const vectors = await provider.embed(
      batch.map(({ text }) => text),
      signal,
    )
    const points: VectorPoint[] = []
    for (const [index, { bridge, text, payload }] of batch.entries()) {
      const vector = vectors[index]
      if (!vector) continue
      const sparse = store.sparse ? { sparse: sparseWords(text) } : {}
      points.push({ id: bridge.pointId, vector, ...sparse, rowVersion: bridge.rowVersion, payload })
      await pace(text.length)
    }
    if (points.length !== batch.length || vectors.length !== batch.length) {
      throw new MillraceError('EMBED_FAILED', {
        message: `Failed to embed ${entity.name}: ${provider.name} returned ${vectors.length} vectors for ${batch.length} texts.`,
      })
    }
    await store.upsert(collection, points)
  }
}
