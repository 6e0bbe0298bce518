import type { Connector } from '../contracts/connector.ts'
import type { FetchOptions } from '../http/fetch-options.ts'
import type { Budget } from '../ports/budget.ts'
import type { Clock } from '../ports/clock.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Loader } from '../ports/loader.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { VectorBridge } from '../ports/vector-bridge.ts'
import type { VectorStore } from '../ports/vector-store.ts'
import type { PagesInHand } from './pages-in-hand.ts'

/** What the fourth stage needs. Without it, embedding is finished as soon as transform is. */
export interface Vectorizer {
  /** The model of accounts for which `modelsOf` knows none. */
  readonly provider: EmbeddingProvider
  /**
   * Further models whose collections receive every change too: the one that is being built, the one to roll back to.
   * @default none
   */
  readonly also?: readonly EmbeddingProvider[]
  /**
   * The models of an account's tenant, the one that serves first, in place of `provider` and `also`. Asked for every embed
   * row, so that a model that is being built receives every change from the moment on at which it is named.
   * @default the same models for every account
   */
  readonly modelsOf?: (account: AccountName) => Promise<readonly EmbeddingProvider[] | undefined>
  readonly store: VectorStore
  readonly bridge: VectorBridge
}

/** Whose texts are embedded. */
export interface AccountName {
  readonly tenantId: number
  readonly integrationId: number
}

/** What a host may change about the policy behind `ctx.fetch`. */
export type HttpPolicy = Pick<
  FetchOptions,
  'allowPrivateNetworks' | 'maxBodyBytes' | 'maxHeldWaitMs' | 'retries' | 'timeoutMs' | 'userAgent'
>

/** Bounds of one delivery and of batches. */
export interface EngineLimits {
  /** A unit is handed back after so many pages, so that others get their turn. @default 50 */
  readonly pagesPerDelivery: number
  /** … or after so long. @default 60_000 */
  readonly deliveryMs: number
  /**
   * Bytes of pages, as received, that a process may have in hand before its units stop asking for further pages until their
   * last one is committed. In memory a page takes several times its bytes. @default 8 MiB
   */
  readonly bytesInHand: number
  /** Units committed at once while planning. @default 100 */
  readonly unitsPerCommit: number
  /** Rows in one embed row. @default 64 */
  readonly embedBatch: number
  /** The share of live rows, 0 to 1, that a census may remove without being refused. @default 0.2 */
  readonly maxRemovedShare: number
  /** Raw records that a replay takes up in one commit. @default 500 */
  readonly recordsPerCommit: number
  /** A row that a provider wants to wait for longer than this is dead, as transient debt. @default 86_400_000 */
  readonly maxWaitMs: number
  /**
   * A row that a provider makes wait again and again, for longer than this in total without any progress in between, is dead, as
   * transient debt. @default 172_800_000
   */
  readonly maxWaitsMs: number
}

/** Everything the four kinds of work reach for; nothing of it is looked up elsewhere. */
export interface Engine {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly ledger: Ledger
  readonly jobStore: JobStore
  readonly loader: Loader
  readonly vectorizer: Vectorizer | undefined
  readonly budget: Budget | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly fetch: typeof globalThis.fetch
  readonly http: HttpPolicy
  /** Resident memory of this process, in bytes. */
  readonly memory: () => number
  readonly limits: EngineLimits
  readonly pages: PagesInHand
  /** Whether the process is about to end: work that can pause between two commits does. */
  readonly isStopping: () => boolean
  /** Whether pages are transformed in the commit that stores them. */
  readonly transformAtOnce: boolean
}

export const DEFAULT_LIMITS: EngineLimits = {
  pagesPerDelivery: 50,
  deliveryMs: 60_000,
  bytesInHand: 8 * 2 ** 20,
  unitsPerCommit: 100,
  embedBatch: 64,
  maxRemovedShare: 0.2,
  recordsPerCommit: 500,
  maxWaitMs: 86_400_000,
  maxWaitsMs: 172_800_000,
}
