import type { Observable } from 'rxjs'

/**
 * A message broker, as far as Millrace needs one: named queues that deliver at least once, or lose what they hold.
 *
 * Nothing depends on a broker keeping its promises: the ledger is the truth, what is lost is published again, and what
 * comes twice or in another order finds its row settled. A broker survives disconnects by itself: it reconnects for as long
 * as it is open, declares its queues again, and goes on consuming.
 */
export interface Broker {
  readonly name: string
  /**
   * Publishes messages, and waits until the broker has taken responsibility for each. What was lost on the way, or had no
   * queue to go to, is told in the report and not an error.
   *
   * @throws BROKER_UNAVAILABLE when there is no connection; nothing is known of any of the messages then
   */
  publish(messages: readonly OutgoingMessage[]): Promise<PublishReport>
  /**
   * Messages of a queue, in about its order, for as long as somebody subscribes. At most `prefetch` are unsettled at once.
   * Outages are waited out: it never completes and never fails while the broker is open. Messages that are unsettled when
   * the connection is lost, or when the subscriber leaves, are delivered again; settling them then does nothing.
   */
  consume(queue: string, options: ConsumeOptions): Observable<Arrival>
  /**
   * What the broker holds; a queue that does not exist is missing from the answer.
   *
   * @throws BROKER_UNAVAILABLE when there is no connection
   */
  depths(queues: readonly string[]): Promise<ReadonlyMap<string, QueueDepth>>
  /** Stops consuming, waits for confirms that are under way, and disconnects. Safe to call twice. */
  close(): Promise<void>
}

export interface OutgoingMessage {
  readonly queue: string
  /** Tells messages apart in logs and tools of the broker; it need not be unique. */
  readonly id: string
  readonly body: Uint8Array
  /** Facts for people and tools; nothing of ours reads them. */
  readonly headers?: { readonly [name: string]: string | number | boolean }
}

export interface PublishReport {
  /** Positions of messages that the broker did not take, or could not route to a queue: they count as not published. */
  readonly failed: readonly number[]
}

export interface ConsumeOptions {
  readonly prefetch: number
}

/** A message that arrived. Exactly one of its functions settles it; further calls do nothing. */
export interface Arrival {
  readonly queue: string
  readonly body: Uint8Array
  readonly headers: { readonly [name: string]: unknown }
  /** Done with it. */
  ack(): void
  /** Back to the queue, at once, for whoever consumes it. */
  requeue(): void
  /** Out of the queue: the broker's dead letter. It settles no ledger row. */
  reject(): void
  /** Back to the queue after the broker's fixed delay: nobody can work on it right now. */
  delay(): void
}

export interface QueueDepth {
  /** Messages that wait; those at consumers are not counted. */
  readonly messages: number
  readonly consumers: number
}
