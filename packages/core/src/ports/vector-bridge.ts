import type { AnyEntity } from '../contracts/entity.ts'

/**
 * Remembers which point stands for which row (table `qdrant_vectors`): unique on (tenant, table, row, chunk, profile).
 * `pending` is written before the vector store is, `ready` after it, `deleting` before a point is removed.
 */
export interface VectorBridge {
  /** Equal to the ledger's `kind`: `settle` joins its transactions. */
  readonly joins: string
  read(scope: BridgeScope, keys: readonly string[]): Promise<readonly BridgeRow[]>
  /** Before the vector store is touched: these rows are being written or removed. */
  mark(scope: BridgeScope, rows: readonly BridgeRow[], tx: unknown): Promise<void>
  /**
   * After it: rows become `ready`, `deleting` rows vanish. Entity rows are locked against change; the keys of those whose
   * hash is no longer the one that was embedded are returned, for a follow-up. What is stored of them becomes `pending`,
   * although somebody else may have called it `ready` meanwhile: nobody knows whose write to the store came last. A row that
   * is not stored any more, because it was removed meanwhile, is stored as `pending`: its point may have come after.
   */
  settle(scope: BridgeScope, rows: readonly BridgeRow[], tx: unknown): Promise<readonly string[]>
}

export interface BridgeScope {
  readonly tenantId: number
  readonly integrationId: number
  readonly entity: AnyEntity
  readonly profile: string
}

export interface BridgeRow {
  /** Key of the entity row. */
  readonly key: string
  readonly chunk: number
  readonly pointId: string
  /** Hash of the embedded text. */
  readonly textHash: string
  /** Hash of the entity row that the text was rendered from. */
  readonly rowHash: string
  readonly state: 'pending' | 'ready' | 'deleting'
}
