import type { StoredRow } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import type { ChangedRows, LoadBatch, LoadScope } from '../load/load-batch.ts'

/**
 * Writes entity rows.
 *
 * A load is idempotent and guarded by version: a row is written only where the batch's version is at least the stored
 * one and the hash differs, so any order and any repetition of batches gives the same rows. That includes the case
 * A@1, A@3, B@2: although A@3 changes nothing, B@2 must not win afterwards. Against a tombstone, and in a full sync, the
 * sequence alone decides. A `replace` that comes with its parent row counts only where its version is at least that of the
 * stored parent row (and of what was confirmed for it). One that comes without has a version of its own: it counts where its
 * sequence is at least that of the last such replace of this parent's children. Then the parent's other children become
 * tombstones.
 * A delete of a row that was never seen leaves a tombstone, so that an older upsert cannot revive it. Children go with the
 * row that they belong to.
 * A row that does not change is not written at all.
 */
export interface Loader {
  /** Name of the store. When equal to the ledger's `kind`, loads join the ledger's transaction; default consequence of
   * 'none': a load commits before the ledger row does and may be repeated after a crash. */
  readonly joins: string
  /** Creates or widens what the entities need. Called before the first run of a connector; safe to call twice. */
  prepare(entities: readonly AnyEntity[]): Promise<void>
  /**
   * Writes a batch as a whole or not at all.
   *
   * @param tx the ledger's transaction when `joins` equals its kind, else undefined
   * @returns the rows that really changed
   * @throws LOAD_FAILED with `retryable` false when the data is at fault
   */
  load(batch: LoadBatch, tx: unknown): Promise<readonly ChangedRows[]>
  /**
   * Live rows of an entity in pages, in key order. `keys` asks for these rows only; `runId` for rows changed in it; `columns`,
   * by stored name, for these values only.
   */
  read(
    scope: Pick<LoadScope, 'tenantId' | 'integrationId'>,
    entity: AnyEntity,
    filter?: { readonly keys?: readonly string[]; readonly runId?: number; readonly columns?: readonly string[] },
  ): AsyncIterable<readonly ReadRow[]>
}

/** A row as it is stored now. */
export interface ReadRow {
  readonly key: string
  readonly hash: string
  /** Sequence of the request that the stored content came from. */
  readonly seq: number
  readonly values: StoredRow
}
