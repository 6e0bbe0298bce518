import type { AnyEntity } from '../contracts/entity.ts'

/**
 * Remembers which point stands for which chunk of which row (table `qdrant_vectors`): unique on (tenant, table, row, chunk,
 * profile). `pending` is written before the vector store is, `ready` after it, `deleting` before a point is removed.
 */
export interface VectorBridge {
  /** Equal to the ledger's `kind`: `settle` joins its transactions. */
  readonly joins: string
  /** All chunks of these rows, by key and chunk. */
  read(scope: BridgeScope, keys: readonly string[]): Promise<readonly BridgeRow[]>
  /** All rows of the scope in pages, in order of key and chunk; a row's chunks are never torn apart. For reconciling. */
  list(scope: BridgeScope): AsyncIterable<readonly BridgeRow[]>
  /** Before the vector store is touched: these rows are being written or removed. */
  mark(scope: BridgeScope, rows: readonly BridgeRow[], tx: unknown): Promise<void>
  /**
   * After it: rows become `ready`, `deleting` rows vanish, unless somebody marked them at a later version meanwhile. Entity rows
   * are locked against change; the keys of those whose hash is no longer `rowHash`, or that somebody else is removing since, are
   * returned, for a follow-up. What is stored of them becomes `pending`, although somebody
   * else may have called it `ready` meanwhile, or be removing what this settles as written: nobody knows whose word the
   * store heard last. A row that is not stored any
   * more, because it was removed meanwhile, is stored as `pending`: its point may have come after.
   */
  settle(scope: BridgeScope, rows: readonly BridgeRow[], tx: unknown): Promise<readonly string[]>
  /** Keeps with these rows why they could not be embedded, for people to read; settling forgets it. */
  blame(scope: BridgeScope, keys: readonly string[], reason: string): Promise<void>
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
  /** Hash of the point's payload; '' where it is not known. */
  readonly payloadHash: string
  /** Hash of the entity row that the text was rendered from, or the deletion decided by; '' when there was no row. */
  readonly rowHash: string
  /**
   * At least the greatest version that a point was, or may have been, written with; marking never lowers it, and what is
   * written while it is removed raises it. A row's own sequence may fall, when newer content comes from an older request, and
   * then its point would refuse to be written.
   */
  readonly rowVersion: number
  readonly state: 'pending' | 'ready' | 'deleting'
}
