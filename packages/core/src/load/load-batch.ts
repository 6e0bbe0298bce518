import type { AnyEntity } from '../contracts/entity.ts'

/** Whose rows a batch writes; a loader never touches another tenant's. */
export interface LoadScope {
  readonly tenantId: number
  readonly integrationId: number
  readonly runId: number
}

/**
 * The version of what a row was made from. Compared by `at` first (absent counts as oldest), then by `seq`: the
 * provider's updated time, then a number drawn before the request was sent.
 */
export interface SourceVersion {
  readonly at: Date | null
  readonly seq: number
}

/** One row, ready to be written: ids, references and hash are computed before the transaction opens. */
export interface LoadRow {
  /**
   * The row's primary key, and what rows are sorted by. Of an entity with one key column: its UUID. Of a child entity:
   * the canonical JSON of its key columns' stored values, the parent's UUID first.
   */
  readonly key: string
  /** Stored values by stored column name, sorted by it: references are UUIDs, a declared `id` is `external_id`. */
  readonly values: { readonly [column: string]: unknown }
  /**
   * The values that are not null as canonical JSON, an object by stored column name: loaders that send JSON need not make it
   * again. Without nulls it is smaller, and a column that is new and empty changes no hash.
   */
  readonly json: string
  readonly version: SourceVersion
  /** Hash of the JSON. Equal hash, equal content. */
  readonly hash: string
}

/** A row that is gone. One that was never seen becomes a tombstone too, so that an older upsert does not revive it. */
export interface LoadDelete {
  readonly key: string
  /** Stored value of the entity's key column. */
  readonly externalId: string
  readonly version: SourceVersion
}

/** The children of one parent are exactly `rows`. */
export interface LoadReplace {
  /** UUID of the parent row. */
  readonly parentKey: string
  readonly parentEntity: AnyEntity
  /**
   * Whether the parent row is upserted by the same batch: then its version decides whether the replace counts. Otherwise the
   * set of children has a version of its own, a sequence, that must be kept for the parent.
   */
  readonly withParent: boolean
  readonly version: SourceVersion
  readonly rows: readonly LoadRow[]
}

/**
 * Exactly these rows exist. A loader turns it into deletes of this version: of live rows in its reach that are not named
 * and were seen before it, by `guardCensus`.
 */
export interface LoadCensus {
  /** Primary keys of the rows that exist, sorted. */
  readonly keys: readonly string[]
  /** Only rows whose stored column holds this key. Absent: all rows of the entity in the integration. */
  readonly within: { readonly column: string; readonly key: string } | undefined
  readonly certain: boolean
  readonly version: SourceVersion
}

/** All changes of one entity; upserts, deletes and replaces are each sorted by key, and a key occurs once. */
export interface EntityLoad {
  readonly entity: AnyEntity
  readonly upserts: readonly LoadRow[]
  readonly deletes: readonly LoadDelete[]
  readonly replaces: readonly LoadReplace[]
  readonly censuses: readonly LoadCensus[]
}

/** What one raw record says, sorted by entity name: loaders that take locks in this order do not deadlock. */
export interface LoadBatch {
  readonly scope: LoadScope
  /** A full sync believes what it reads: the sequence alone decides, so that a restored backup wins. */
  readonly fullSync: boolean
  /** The share of live rows, 0 to 1, that a census may remove; see `guardCensus`. */
  readonly maxRemovedShare: number
  /** The connector's child entities: children of rows that the batch removes go with them, by `cascadeRemovals`. */
  readonly children: readonly AnyEntity[]
  readonly loads: readonly EntityLoad[]
}

/** One entity's rows that really changed. */
export interface ChangedRows {
  readonly entity: string
  /** Keys of rows that were inserted, updated or brought back to life. */
  readonly written: readonly string[]
  /** Keys of rows that became tombstones. */
  readonly removed: readonly string[]
}
