import type { AnyEntity } from '../contracts/entity.ts'
import type { BridgeRow, BridgeScope, VectorBridge } from '../ports/vector-bridge.ts'
import type { MemoryLoader } from './memory-loader.ts'
import { joinTransaction } from './memory-transaction.ts'

/** A bridge over a map, beside the loader whose rows it watches. */
export function memoryVectorBridge(loader: Pick<MemoryLoader, 'hashOf'>): VectorBridge {
  const rows = new Map<string, BridgeRow>()
  const keyOf = (scope: BridgeScope, row: { readonly key: string; readonly chunk: number }): string =>
    JSON.stringify([scope.tenantId, scope.profile, scope.entity.name, row.key, row.chunk])
  return {
    joins: 'memory',
    read: async (scope, keys) => keys.flatMap((key) => rows.get(keyOf(scope, { key, chunk: 0 })) ?? []),
    mark: async (scope, marked, outer) => {
      const { tx, finish } = joinTransaction(outer)
      for (const row of marked) tx.set(rows, keyOf(scope, row), row)
      finish()
    },
    settle: async (scope, settled, outer) => {
      const { tx, finish } = joinTransaction(outer)
      const changed = new Set<string>()
      for (const row of settled) {
        const removed = row.state === 'deleting'
        const hash = loader.hashOf(tx, scope.entity satisfies AnyEntity, row.key)
        const name = keyOf(scope, row)
        if (removed ? hash === undefined : hash === row.rowHash) {
          tx.set(rows, name, removed ? undefined : row)
          continue
        }
        changed.add(row.key)
        const stored = tx.get(rows, name)
        if (stored?.state === 'ready') tx.set(rows, name, { ...stored, state: 'pending' })
        else if (!stored && !removed) tx.set(rows, name, { ...row, state: 'pending' })
      }
      finish()
      return [...changed]
    },
  }
}
