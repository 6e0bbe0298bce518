import { FAILED_QUEUE } from '../messages/failed-message.ts'
import { CUSTOM_FIELDS_QUEUE, JOBS_QUEUE, queueName, TIERS } from '../messages/queue-names.ts'
import type { AmqpSettings } from './amqp-options.ts'

const HOUR_MS = 3_600_000
const MAX_FAILED = 1_000
/** More than the relay's windows let grow; it stops a foreign publisher from filling the disk. */
const MAX_WAITING = 100_000
const DEAD_LETTER_EXCHANGE = 'etl.dlx'
const DEAD_LETTER_KEY = 'failed'
const DELAY_EXCHANGE = 'etl.delay'

export interface QueueDeclaration {
  readonly name: string
  readonly arguments: { readonly [name: string]: string | number }
}

export interface ExchangeDeclaration {
  readonly name: string
  readonly type: 'direct'
}

export interface Binding {
  readonly queue: string
  readonly exchange: string
  readonly key: string
}

/** Everything that stands in the broker, by its name there. */
export interface Topology {
  readonly queues: readonly QueueDeclaration[]
  readonly exchanges: readonly ExchangeDeclaration[]
  readonly bindings: readonly Binding[]
  /** Takes a message with its queue's name as key, and brings it back there after the delay. */
  readonly delayExchange: string
  nameOf(queue: string): string
}

/**
 * The queues of Millrace in RabbitMQ.
 *
 * - `etl.jobs` (1 h) and `etl.custom_fields` (10 min): plans, and what others ask for.
 * - `extraction_queue_{tier}`, `transform_queue_{tier}`, `embedding_queue_{tier}`.
 * - `etl.failed` (24 h, the latest 1,000): announcements, and through the exchange `etl.dlx` with the key `failed` what
 *   expired or was handed out too often. It informs; no ledger row is settled by it.
 * - `delay_queue_{tier}` and `etl.delayed`: messages that nobody can work on right now, because the database is away or
 *   they are of a newer version. They come back to their queue, whose name is their routing key, after a fixed time.
 *
 * All are durable quorum queues with every limit named, since defaults differ between versions of RabbitMQ.
 */
export function topology({ prefix, delayMs, deliveryLimit }: AmqpSettings): Topology {
  const nameOf = (name: string): string => `${prefix}${name}`
  const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': deliveryLimit }
  const deadLetters = {
    'x-dead-letter-exchange': nameOf(DEAD_LETTER_EXCHANGE),
    'x-dead-letter-routing-key': DEAD_LETTER_KEY,
    'x-dead-letter-strategy': 'at-most-once',
  }
  const bounded = { 'x-max-length': MAX_WAITING, 'x-overflow': 'reject-publish' }
  const work = { ...quorum, ...deadLetters, ...bounded }
  const delay = {
    ...quorum,
    'x-message-ttl': delayMs,
    'x-dead-letter-exchange': '',
    'x-dead-letter-strategy': 'at-most-once',
    ...bounded,
  }
  const kinds = ['extract', 'transform', 'embed'] as const
  const tiers = TIERS.map((tier) => ({
    delay: `delay_queue_${tier}`,
    queues: kinds.map((kind) => queueName(kind, tier)),
  }))
  const shared = { delay: 'etl.delayed', queues: [JOBS_QUEUE, CUSTOM_FIELDS_QUEUE] }

  const queues: readonly QueueDeclaration[] = [
    {
      name: FAILED_QUEUE,
      arguments: { ...quorum, 'x-message-ttl': 24 * HOUR_MS, 'x-max-length': MAX_FAILED, 'x-overflow': 'drop-head' },
    },
    { name: JOBS_QUEUE, arguments: { ...work, 'x-message-ttl': HOUR_MS } },
    { name: CUSTOM_FIELDS_QUEUE, arguments: { ...work, 'x-message-ttl': HOUR_MS / 6 } },
    ...tiers.flatMap((tier) => tier.queues.map((name) => ({ name, arguments: work }))),
    ...[shared, ...tiers].map((group) => ({ name: group.delay, arguments: delay })),
  ]
  const delayBindings = [shared, ...tiers].flatMap((group) =>
    group.queues.map((name) => ({
      queue: nameOf(group.delay),
      exchange: nameOf(DELAY_EXCHANGE),
      key: nameOf(name),
    })),
  )
  return {
    queues: queues.map((queue) => ({ ...queue, name: nameOf(queue.name) })),
    exchanges: [DEAD_LETTER_EXCHANGE, DELAY_EXCHANGE].map((name) => ({ name: nameOf(name), type: 'direct' as const })),
    bindings: [
      { queue: nameOf(FAILED_QUEUE), exchange: nameOf(DEAD_LETTER_EXCHANGE), key: DEAD_LETTER_KEY },
      ...delayBindings,
    ],
    delayExchange: nameOf(DELAY_EXCHANGE),
    nameOf,
  }
}
