import { connect } from 'amqplib'
import { Subject, takeUntil } from 'rxjs'
import { isMillraceError } from '../errors/millrace-error.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import type { Broker, QueueDepth } from '../ports/broker.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { amqpConnection, describe } from './amqp-connection.ts'
import { amqpConsumer } from './amqp-consumer.ts'
import { type AmqpBrokerOptions, readOptions } from './amqp-options.ts'
import { amqpPublisher } from './amqp-publisher.ts'
import { topology } from './amqp-topology.ts'
import { declareTopology } from './declare-topology.ts'

/** A broker that talks AMQP, with what a program that starts wants to know. */
export interface AmqpBroker extends Broker {
  /**
   * Resolves when the broker is connected and its queues are declared.
   *
   * @throws BROKER_TOPOLOGY when a queue exists with other arguments
   * @throws BROKER_UNAVAILABLE when there is no connection after `timeoutMs`; it goes on connecting
   */
  ready(timeoutMs?: number): Promise<void>
  /**
   * Deletes every queue and exchange of this prefix with all they hold, to take an installation down. Close every broker
   * on them first, this one as well: they declare what they miss.
   */
  remove(): Promise<void>
}

const NOT_FOUND = 404
const LOOK_AGAIN_MS = 50
const DECLARE_AGAIN_AFTER_MS = 1_000

/**
 * RabbitMQ, from 3.10 on. Connects at once and for as long as it is open; everything of `topology` is declared whenever
 * it connects, and when a queue turns out to be missing.
 *
 * Publishing and consuming have a connection each: a broker that is short of memory stops reading from those that publish,
 * and acknowledgements must still get through.
 *
 * @throws INVALID_CONFIG when the options do not validate
 * @example
 * const broker = amqpBroker({ url: 'amqp://guest:guest@localhost:5672' })
 * const transport = brokerTransport({ broker, ledger, outbox })
 */
export function amqpBroker(options: AmqpBrokerOptions): AmqpBroker {
  const settings = readOptions(options)
  const { clock = systemClock, random = systemRandom, log = silentLogger } = options
  const layout = topology(settings)
  const { nameOf, delayExchange } = layout
  const closed = new Subject<void>()

  let declaredAt = Number.NEGATIVE_INFINITY
  let declaring: Promise<void> | undefined
  /** Once at a time, and not again at once: many consumers lose their queues together. */
  const declare = (): Promise<void> => {
    if (clock.monotonic() - declaredAt < DECLARE_AGAIN_AFTER_MS) return declaring ?? Promise.resolve()
    declaredAt = clock.monotonic()
    declaring = (async () => declareTopology(publishing.current(), layout))()
    return declaring
  }
  const connection = (purpose: string, setUp: Parameters<typeof amqpConnection>[0]['setUp']) =>
    amqpConnection({ url: settings.url, name: `${settings.connectionName} ${purpose}`, log, setUp })
  const publishing = connection('publish', (model) => declareTopology(model, layout))
  // Queues are declared before anybody consumes: else whoever starts on a new broker asks for what is not there yet.
  const consuming = connection('consume', async () => void (await publishing.next()))
  const publisher = amqpPublisher({
    connection: publishing,
    nameOf,
    confirmTimeoutMs: settings.confirmTimeoutMs,
    clock,
    onMissingQueue: () => {
      declare().catch((error: unknown) => log.warn({ error: describe(error) }, 'Failed to declare a missing queue.'))
    },
  })

  const postpone = async ({ queue, body, headers }: { queue: string; body: Uint8Array; headers: object }) => {
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-')))
    const { failed } = await publisher.publish(delayExchange, [{ queue, id: 'delayed', body, headers: kept }])
    return failed.length === 0
  }

  /** A queue that is missing closes the channel that asks for it. */
  const depthOf = async (queue: string): Promise<QueueDepth | undefined> => {
    const channel = await publishing.current().createChannel()
    channel.on('error', () => undefined)
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(nameOf(queue))
      await channel.close()
      return { messages: messageCount, consumers: consumerCount }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === NOT_FOUND) return undefined
      throw error
    }
  }

  return {
    name: 'amqp',
    publish: (messages) => publisher.publish('', messages),
    consume: (queue, consumeOptions) =>
      amqpConsumer(queue, consumeOptions, {
        connection: consuming,
        nameOf,
        postpone,
        declare,
        clock,
        random,
        log,
      }).pipe(takeUntil(closed)),
    async depths(queues) {
      const depths = await Promise.all(queues.map(async (queue) => [queue, await depthOf(queue)] as const))
      return new Map(depths.flatMap(([queue, depth]) => (depth ? [[queue, depth] as const] : [])))
    },
    async ready(timeoutMs = 10_000) {
      const deadline = clock.monotonic() + timeoutMs
      for (;;) {
        try {
          publishing.current()
          return
        } catch (error) {
          const futile = isMillraceError(error) && error.code === 'BROKER_TOPOLOGY'
          if (futile || clock.monotonic() >= deadline) throw error
        }
        await clock.sleep(LOOK_AGAIN_MS)
      }
    },
    async remove() {
      // A connection of its own: what stands there with other arguments keeps the others from connecting.
      const model = await connect(settings.url)
      model.on('error', () => undefined)
      const channel = await model.createChannel()
      channel.on('error', () => undefined)
      for (const { name } of layout.queues) await channel.deleteQueue(name)
      for (const { name } of layout.exchanges) await channel.deleteExchange(name)
      await model.close()
    },
    async close() {
      closed.next()
      await publisher.settled()
      await Promise.all([publishing.close(), consuming.close()])
    },
  }
}
