import type { AnyEntity } from '../contracts/entity.ts'
import type { Clock } from '../ports/clock.ts'
import type { BridgeRow, BridgeScope } from '../ports/vector-bridge.ts'
import type { ListedPoint, VectorCollection } from '../ports/vector-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { documentsOf, lengthOf, profileOf } from './documents.ts'
import { paceByText } from './pace.ts'
import { syncDocuments, type VectorTools } from './sync-documents.ts'
import { waitForProvider } from './wait-for-provider.ts'

/** The rows of one account that vectors are compared with. */
export interface ReconcileSource {
  readonly integrationId: number
  /** Kind of source in capitals. */
  readonly sourceType: string
  readonly entities: readonly AnyEntity[]
}

export interface ReconcileRequest {
  readonly tenantId: number
  /** Every account of the tenant: points of one that is not named are taken for orphans. */
  readonly sources: readonly ReconcileSource[]
  /** Also put right what is found. @default false: only report */
  readonly repair?: boolean
  /**
   * Orphans are left alone when they are more than this share of all points, and more than 20: rather is something wrong
   * with the rows, or an account was not named.
   * @default 0.2
   */
  readonly maxRemovedShare?: number
  /** Rows per batch. @default 64 */
  readonly batch?: number
  readonly signal?: AbortSignal
  /** @default the machine's */
  readonly clock?: Clock
}

/** What was found, in numbers of rows (`rows`, `wrongRows`), documents and points. */
export interface ReconcileReport {
  readonly rows: number
  readonly documents: number
  readonly points: number
  /** Documents without a point. */
  readonly missing: number
  /** Documents whose text or payload is not what was written, or that were left pending. */
  readonly stale: number
  /** Points that no document stands for. */
  readonly orphans: number
  /** What repairing did. */
  readonly embedded: number
  readonly patched: number
  readonly removed: number
  /** Rows that could not be repaired, with the reason; all others were. */
  readonly failed: readonly { readonly entity: string; readonly keys: readonly string[]; readonly reason: string }[]
  /** Whether orphans were left alone because they are too many. */
  readonly refused: boolean
}

const GUARD_MINIMUM = 20

/**
 * Compares rows, bridge and vector store in both directions, and repairs on demand: documents without points are embedded,
 * changed ones brought up to date, points without a document removed. Rows may be written meanwhile: what it repairs, it
 * reads again, and its writes are guarded as all others are.
 *
 * Waits as long as the provider asks to. Holds the ids of the tenant's points in memory, about 100 bytes each.
 */
export async function reconcileVectors(tools: VectorTools, request: ReconcileRequest): Promise<ReconcileReport> {
  const { provider, store, bridge, loader } = tools
  const { tenantId, sources, repair = false, batch = 64, signal = new AbortController().signal } = request
  const { clock = systemClock } = request
  const profile = profileOf(provider)
  const collection: VectorCollection = { tenantId, profile, dimensions: provider.dimensions }
  await store.prepare(collection)

  const pace = paceByText()
  const stored = new Map<string, number>()
  for await (const page of store.points(collection)) for (const { id, rowVersion } of page) stored.set(id, rowVersion)
  const points = stored.size
  const report = {
    rows: 0,
    documents: 0,
    points,
    missing: 0,
    stale: 0,
    orphans: 0,
    embedded: 0,
    patched: 0,
    removed: 0,
  }
  const vanished: { readonly source: ReconcileSource; readonly entity: AnyEntity; readonly keys: readonly string[] }[] =
    []
  const failed: { entity: string; keys: readonly string[]; reason: string }[] = []

  const mend = async (
    source: ReconcileSource,
    entity: AnyEntity,
    keys: readonly string[],
    doubt: boolean,
  ): Promise<void> => {
    for (let from = 0; repair && from < keys.length; from += batch) {
      signal.throwIfAborted()
      const some = keys.slice(from, from + batch)
      try {
        const mark = async (scope: BridgeScope, rows: readonly BridgeRow[]): Promise<boolean> => {
          await bridge.mark(scope, rows, undefined)
          return true
        }
        const sync = { ...source, tenantId, entity, keys: some, doubt, signal, mark }
        const result = await waitForProvider(() => syncDocuments(tools, sync), { clock, signal })
        // Rows that changed meanwhile have embed rows of their own.
        if (result) await bridge.settle(result.scope, result.settled, undefined)
        report.embedded += result?.embedded ?? 0
        report.patched += result?.patched ?? 0
        report.removed += result?.removed ?? 0
      } catch (error) {
        signal.throwIfAborted()
        failed.push({ entity: entity.name, keys: some, reason: error instanceof Error ? error.message : String(error) })
      }
    }
  }

  for (const source of sources) {
    for (const entity of source.entities) {
      if (!entity.embed) continue
      const scope: BridgeScope = { tenantId, integrationId: source.integrationId, entity, profile }
      const live = new Set<string>()
      for await (const rows of loader.read(scope, entity)) {
        const known = new Map(
          (
            await bridge.read(
              scope,
              rows.map(({ key }) => key),
            )
          ).map((row) => [row.pointId, row]),
        )
        const lost: string[] = []
        const foreign: ListedPoint[] = []
        const stale: string[] = []
        for (const row of rows) {
          live.add(row.key)
          report.rows += 1
          const documents = documentsOf(scope, source.sourceType, row)
          report.documents += documents.length
          await pace(lengthOf(documents))
          const absent = documents.filter(({ bridge: wanted }) => {
            const version = stored.get(wanted.pointId)
            // A point of a version that the bridge does not know was written behind its back, and refuses to be replaced.
            const ahead =
              version !== undefined && version > Math.max(row.seq, known.get(wanted.pointId)?.rowVersion ?? 0)
            if (ahead) foreign.push({ id: wanted.pointId, rowVersion: version })
            return ahead || version === undefined
          })
          const different = documents.filter(({ bridge: wanted }) => {
            const found = known.get(wanted.pointId)
            return (
              found?.state !== 'ready' || found.textHash !== wanted.textHash || found.payloadHash !== wanted.payloadHash
            )
          })
          const chunks = new Set(documents.map(({ bridge: wanted }) => wanted.pointId))
          const tail = [...known.values()].some(({ key, pointId }) => key === row.key && !chunks.has(pointId))
          report.missing += absent.length
          report.stale += different.filter((each) => !absent.includes(each)).length
          for (const id of chunks) stored.delete(id)
          if (absent.length > 0) lost.push(row.key)
          else if (different.length > 0 || tail) stale.push(row.key)
        }
        if (repair && foreign.length > 0) await store.delete(collection, foreign)
        await mend(source, entity, lost, true)
        await mend(source, entity, stale, false)
      }
      const gone = new Set<string>()
      for await (const page of bridge.list(scope)) for (const { key } of page) if (!live.has(key)) gone.add(key)
      vanished.push({ source, entity, keys: [...gone] })
    }
  }

  const orphans = stored.size
  const refused = orphans > GUARD_MINIMUM && orphans / points > (request.maxRemovedShare ?? 0.2)
  if (repair && !refused) {
    for (const { source, entity, keys } of vanished) {
      const scope = { tenantId, integrationId: source.integrationId, entity, profile }
      for (const { pointId } of await bridge.read(scope, keys)) stored.delete(pointId)
      await mend(source, entity, keys, false)
    }
    const strays = [...stored].map(([id, rowVersion]) => ({ id, rowVersion }))
    if (strays.length > 0) await store.delete(collection, strays)
    report.removed += strays.length
  }
  return { ...report, orphans, failed, refused }
}
