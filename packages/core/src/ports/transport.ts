import type { Observable } from 'rxjs'
import type { JobType } from '../completion/run-graph.ts'
import type { Lease, Ledger } from './ledger.ts'

/** What a consumer asks for. */
export interface Subscription {
  readonly workerId: string
  readonly jobTypes: readonly JobType[]
  /** Deliveries that may be unacknowledged at once; the transport hands out no more. */
  readonly prefetch: number
  readonly leaseMs: number
  /**
   * Leases rows on behalf of the consumer, which may let it wait while it can take none. @default the ledger's own
   */
  readonly claim?: Ledger['claim']
  /**
   * Gives a claimed row back that is not going to be delivered, at once and without counting the attempt. Whoever claims for
   * the consumer learns in this way that the row is not held any more. @default a commit to the ledger
   */
  readonly handBack?: (lease: Lease) => Promise<unknown>
}

/** A row to work on, already leased. */
export interface Delivery {
  readonly lease: Lease
  /** The row's outcome is committed, or lost to another worker: deliver the next one. */
  ack(): void
}

/**
 * Brings due rows to workers, at least once each. It only delivers: the ledger decides whether a row may be worked on, so
 * losing or repeating a delivery loses and repeats nothing.
 *
 * `deliveries` never completes by itself and never ends with an error while the process lives: outages are waited out.
 * Unsubscribing stops it; rows delivered before stay leased until they are committed or handed back.
 */
export interface Transport {
  readonly name: string
  /**
   * Work that some process must do for rows to be delivered, such as feeding a broker. A runtime subscribes while it runs;
   * any number of processes may. It never ends with an error. Default: there is none.
   */
  readonly upkeep?: Observable<unknown>
  deliveries(subscription: Subscription): Observable<Delivery>
}
