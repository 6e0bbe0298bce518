import type { BridgeRow, BridgeScope, VectorBridge } from '../ports/vector-bridge.ts'
import type { MemoryLoader } from './memory-loader.ts'
import { joinTransaction } from './memory-transaction.ts'

/** What the bridge knows of one entity row, by chunk. */
interface Chunks {
  readonly key: string
  readonly chunks: ReadonlyMap<number, BridgeRow>
  readonly error?: string
}

const PAGE_SIZE = 500

/** A bridge over a map, beside the loader whose rows it watches; `errorOf` lets a program read what it was told. */
export function memoryVectorBridge(
  loader: Pick<MemoryLoader, 'hashOf'>,
): VectorBridge & { errorOf(scope: BridgeScope, key: string): string | undefined } {
  const rows = new Map<string, Chunks>()
  const prefixOf = ({ tenantId, integrationId, profile, entity }: BridgeScope): string =>
    `${JSON.stringify([tenantId, profile, entity.name, integrationId])} `
  const nameOf = (scope: BridgeScope, key: string): string => prefixOf(scope) + key
  const byChunk = ({ chunks }: Chunks): BridgeRow[] =>
    [...chunks.values()].sort((left, right) => left.chunk - right.chunk)

  return {
    joins: 'memory',
    read: async (scope, keys) =>
      [...new Set(keys)].toSorted().flatMap((key) => {
        const found = rows.get(nameOf(scope, key))
        return found ? byChunk(found) : []
      }),
    async *list(scope) {
      const prefix = prefixOf(scope)
      const found = [...rows]
        .filter(([name]) => name.startsWith(prefix))
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
      for (let from = 0; from < found.length; from += PAGE_SIZE) {
        yield found.slice(from, from + PAGE_SIZE).flatMap(([, chunks]) => byChunk(chunks))
      }
    },
    mark: async (scope, marked, outer) => {
      const { tx, finish } = joinTransaction(outer)
      for (const row of marked) {
        const name = nameOf(scope, row.key)
        const chunks = new Map(tx.get(rows, name)?.chunks)
        const rowVersion = Math.max(row.rowVersion, chunks.get(row.chunk)?.rowVersion ?? 0)
        chunks.set(row.chunk, { ...row, rowVersion })
        tx.set(rows, name, { key: row.key, chunks })
      }
      finish()
    },
    settle: async (scope, settled, outer) => {
      const { tx, finish } = joinTransaction(outer)
      const changed = new Set<string>()
      const later = new Set<string>()
      for (const row of settled) {
        if ((loader.hashOf(tx, scope.entity, row.key) ?? '') !== row.rowHash) changed.add(row.key)
      }
      for (const key of new Set(settled.map((row) => row.key))) {
        const name = nameOf(scope, key)
        const stored = tx.get(rows, name)
        const chunks = new Map(stored?.chunks)
        if (changed.has(key)) {
          for (const [chunk, row] of chunks) if (row.state === 'ready') chunks.set(chunk, { ...row, state: 'pending' })
          for (const row of settled) {
            if (row.key !== key || row.state === 'deleting') continue
            const found = chunks.get(row.chunk)
            if (!found) chunks.set(row.chunk, { ...row, state: 'pending' })
            if (found?.state !== 'deleting') continue
            const rowVersion = Math.max(found.rowVersion, row.rowVersion) + 1
            chunks.set(row.chunk, { ...found, rowVersion, state: 'pending' })
          }
        } else {
          for (const row of settled) {
            if (row.key !== key) continue
            if (row.state === 'deleting') {
              const found = chunks.get(row.chunk)
              if (found?.state !== 'deleting') continue
              if (found.rowVersion > row.rowVersion) later.add(key)
              else chunks.delete(row.chunk)
            } else {
              const rowVersion = Math.max(row.rowVersion, chunks.get(row.chunk)?.rowVersion ?? 0)
              chunks.set(row.chunk, { ...row, rowVersion, state: 'ready' })
            }
          }
        }
        if (stored || chunks.size > 0) tx.set(rows, name, chunks.size > 0 ? { key, chunks } : undefined)
      }
      finish()
      return [...changed, ...later]
    },
    blame: async (scope, keys, error) => {
      for (const key of keys) {
        const found = rows.get(nameOf(scope, key))
        if (found) rows.set(nameOf(scope, key), { ...found, error })
      }
    },
    errorOf: (scope, key) => rows.get(nameOf(scope, key))?.error,
  }
}
