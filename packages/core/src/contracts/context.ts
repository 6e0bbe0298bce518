import type { PolicedInit } from '../http/fetch-options.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { AnyEntity } from './entity.ts'

/** The times that a unit's extraction covers, frozen when the unit is planned; it survives resume and adoption. */
export interface Window {
  /** Read what changed since then, overlap included. Absent: read everything. */
  readonly since?: Date
  /** The provider's time at planning. What changes later belongs to the next run. */
  readonly until: Date
}

/** A row read back from the loader: the declared columns, references as UUIDs, `id` renamed to `external_id`. */
export type StoredRow = { readonly [column: string]: unknown }

/** Which rows are read back, and what of them. */
export interface RowFilter {
  /** Only rows that this run wrote. Default: false. */
  readonly changedInRun?: boolean
  /** Only rows with these external ids; not for child entities. Default: any. */
  readonly externalIds?: readonly string[]
  /** The stored columns that are needed: long texts that nobody looks at need not be read. Default: all. */
  readonly columns?: readonly string[]
}

/** Options of one run; a connector reads those it knows and ignores the rest. */
export interface RunOptions {
  readonly fullSync: boolean
  /** Records per page. Default: the connector's. */
  readonly batchSize?: number
  readonly includeCustomFields?: boolean
  readonly includeDevStatus?: boolean
  /** Somebody says that what looks like a mass deletion is one. */
  readonly allowDeletions?: boolean
}

/** Something that failed nothing, and that whoever looks at a run has to know: what was left unread, or cannot be trusted. */
export interface Warning {
  /** What it is about, in a few words that are the same for all that is alike: `Boards`. */
  readonly about: string
  /** What, where, why, and what to do; no secrets. */
  readonly message: string
  /** Details for the log. Default: none */
  readonly facts?: object
}

/** What a connector may use while it talks to its provider. It has no other I/O. */
export interface Context<Config> {
  readonly config: Config
  /**
   * `fetch` with the policy of the runtime: retries with jitter, Retry-After, timeout, the provider's budget, and the
   * run's signal. Statuses outside 200–299 that retrying does not cure are returned, not thrown, except 401.
   *
   * @throws HTTP_UNAVAILABLE, HTTP_TIMEOUT, RATE_LIMITED, UNAUTHORIZED, FORBIDDEN_URL
   */
  readonly fetch: (url: string | URL, init?: PolicedInit) => Promise<Response>
  /** Aborted when the run is cancelled, the lease is lost or the process shuts down. */
  readonly signal: AbortSignal
  readonly log: Logger
  /**
   * Warns people: in the log each time, and in the run itself, where it stays, once for each step and `about`, some fifty of a step.
   * It is kept with the next commit of the unit, of an extractor with its next page: say it before the last one is yielded.
   */
  readonly warn: (warning: Warning) => void
  readonly clock: Clock
  readonly window: Window
  readonly options: RunOptions
  readonly integration: { readonly id: number; readonly tenantId: number; readonly name: string }
  /** Rows that earlier steps loaded, in batches; only entities named in the step's `reads`. */
  readonly rows: (entity: AnyEntity, filter?: RowFilter) => AsyncIterable<readonly StoredRow[]>
  /**
   * Since when the rows that an earlier step brings are what the provider has, by its clock: since this run began, where the
   * step read all of its units in it. Undefined where it took no part in the run or left something unread: then its rows may
   * be of any age, and whoever reads less because of what they say loses what happened meanwhile. Only steps named in `after`.
   */
  readonly upToDateSince: (step: { readonly name: string }) => Promise<Date | undefined>
}

/**
 * An immutable snapshot of the entities that a step `reads`, by external id; what a transformer may look at. Each row also
 * has its own UUID as `id`, which is what references of other rows hold.
 */
export interface Lookup {
  get(entity: AnyEntity, externalId: string): StoredRow | undefined
  all(entity: AnyEntity): readonly StoredRow[]
}
