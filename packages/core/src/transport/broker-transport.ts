import { from, merge, mergeMap, Observable, Subject } from 'rxjs'
import { silentLogger } from '../logging/silent-logger.ts'
import { CUSTOM_FIELDS_QUEUE, queuesOf } from '../messages/queue-names.ts'
import type { Arrival, Broker } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Lease, Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { Outbox } from '../ports/outbox.ts'
import type { Random } from '../ports/random.ts'
import type { Delivery, Subscription, Transport } from '../ports/transport.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { type ExternalRequest, receiveMessage } from './receive-message.ts'
import { dueWork, type RelayOptions, relay } from './relay.ts'

export interface BrokerTransportOptions
  extends Pick<
    RelayOptions,
    'pollMs' | 'sweepMs' | 'window' | 'waitTargetMs' | 'republishAfterMs' | 'republishEmptyAfterMs'
  > {
  readonly broker: Broker
  readonly ledger: Pick<Ledger, 'changes' | 'claim' | 'commit'>
  /** The outbox of the same ledger. */
  readonly outbox: Outbox
  /** A larger message is refused unread. @default 1_048_576 */
  readonly maxMessageBytes?: number
  /**
   * Takes messages on `etl.jobs` and `etl.custom_fields` that name no ledger row: somebody outside asks for a run. They are
   * acknowledged when it resolves, tried again later when it rejects with a retryable error, and announced in `etl.failed`
   * otherwise. It must check that the tenant, the job and the integration belong together. Default: all are refused.
   */
  readonly onRequest?: (request: ExternalRequest) => Promise<void>
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
}

/**
 * Delivers through a broker: the relay, which every process with this transport runs as its `upkeep`, publishes rows; a
 * message that arrives is turned into a lease, and acknowledged when the row's outcome is committed.
 *
 * The broker may lose, repeat and reorder what it likes, and go away: rows come from the ledger, and go back to it.
 */
export function brokerTransport(options: BrokerTransportOptions): Transport {
  const { broker, ledger, clock = systemClock, random = systemRandom, log = silentLogger } = options
  const receiving = {
    ...options,
    clock,
    log,
    maxMessageBytes: options.maxMessageBytes ?? 1_048_576,
    onRequest: options.onRequest,
  }
  /** A row that is done makes room in the window. */
  const acknowledged = new Subject<void>()

  const release = (lease: Lease): Promise<unknown> =>
    ledger.commit(lease, { row: { to: 'pending', delayMs: 0, refund: true } })

  const deliver = (
    arrival: Arrival,
    { prefetch: _, claim = (request) => ledger.claim(request), handBack = release, ...claimant }: Subscription,
  ): Observable<Delivery> =>
    new Observable((subscriber) => {
      receiveMessage(arrival, claimant, { ...receiving, claim, handBack }).then((lease) => {
        if (!lease) return subscriber.complete()
        // Nobody listens any more: the process stops, and somebody else shall have the row at once.
        if (subscriber.closed) {
          handBack(lease).catch(() => undefined)
          return
        }
        const ack = (): void => {
          arrival.ack()
          subscriber.complete()
          acknowledged.next()
        }
        subscriber.next({ lease, ack })
      })
    })

  return {
    name: broker.name,
    upkeep: relay({ ...options, clock, random, log, wakeups: merge(dueWork(ledger.changes), acknowledged) }),
    deliveries: (subscription) => {
      const queues = new Set(subscription.jobTypes.flatMap(queuesOf))
      if (subscription.jobTypes.includes('plan')) queues.add(CUSTOM_FIELDS_QUEUE)
      const { prefetch } = subscription
      return from(queues).pipe(
        mergeMap((queue) => broker.consume(queue, { prefetch })),
        // Each queue may fill all places by itself. Those of others wait here, unleased, in order of arrival: a queue that
        // has more to do has no more turns than another one.
        mergeMap((arrival) => deliver(arrival, subscription), prefetch),
      )
    },
  }
}
