import type { Channel, ConsumeMessage } from 'amqplib'
import { Observable } from 'rxjs'
import type { Arrival, ConsumeOptions } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { type AmqpConnection, describe } from './amqp-connection.ts'

export interface ConsumerOptions {
  readonly connection: AmqpConnection
  readonly nameOf: (queue: string) => string
  /** Publishes a message to the delay exchange; rejects or resolves to false when that failed. */
  readonly postpone: (arrival: Pick<Arrival, 'queue' | 'body' | 'headers'>) => Promise<boolean>
  readonly declare: () => Promise<void>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000
const WATCH_MS = 3_000

/**
 * Messages of a queue. Whatever ends the channel (a broken connection, a consumer that took too long, a queue that was
 * deleted), a new one takes its place, after a pause that grows while that fails.
 */
export function amqpConsumer(
  queue: string,
  { prefetch }: ConsumeOptions,
  options: ConsumerOptions,
): Observable<Arrival> {
  const { connection, nameOf, clock, random, log, declare } = options
  return new Observable((subscriber) => {
    const stop = new AbortController()

    /** Consumes on one channel; resolves when that ended, to whether it had begun. */
    const consumeOnce = async (): Promise<boolean> => {
      const channel = await (await connection.next()).createChannel()
      const over = new AbortController()
      const end = (): void => over.abort()
      stop.signal.addEventListener('abort', end, { once: true })
      channel.on('close', end)
      channel.on('error', (error) => {
        log.warn({ queue, error: describe(error) }, 'A consumer was cut off. Consuming again.')
      })
      const held = { unsettled: 0, arrived: 0 }
      try {
        await channel.prefetch(prefetch)
        await channel.consume(nameOf(queue), (message) => {
          if (!message) return end()
          if (over.signal.aborted) return
          held.unsettled += 1
          held.arrived += 1
          subscriber.next(arrivalOf(queue, channel, message, options, () => (held.unsettled -= 1)))
        })
        await untilStalled(channel, held, over.signal)
        return true
      } finally {
        stop.signal.removeEventListener('abort', end)
        // Unsettled messages go back to the queue with the channel.
        await channel.close().catch(() => undefined)
      }
    }

    /**
     * A queue that is deleted and declared anew within a moment may count its old consumers and give them nothing, without
     * a word: when messages wait though there is room for them, something of the kind has happened.
     */
    const untilStalled = async (
      channel: Channel,
      held: { readonly unsettled: number; readonly arrived: number },
      over: AbortSignal,
    ): Promise<void> => {
      while (!over.aborted) {
        const before = held.arrived
        await clock.sleep(WATCH_MS, over).catch(() => undefined)
        if (over.aborted || held.unsettled >= prefetch || held.arrived > before) continue
        const found = await channel.checkQueue(nameOf(queue)).catch(() => undefined)
        if (!found || found.consumerCount === 0) return
        if (found.messageCount > 0 && held.arrived === before) return
      }
    }

    const consume = async (): Promise<void> => {
      let failures = 0
      while (!stop.signal.aborted) {
        try {
          if (await consumeOnce()) failures = 0
        } catch (error) {
          if (stop.signal.aborted) return
          failures += 1
          log.warn({ queue, error: describe(error) }, 'Failed to consume. Trying again.')
        }
        if (stop.signal.aborted) return
        const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.5 + random.next() / 2)
        await clock.sleep(pauseMs, stop.signal).catch(() => undefined)
        // The queue may have been deleted; when the broker is away, the next connection declares it.
        if (!stop.signal.aborted) await declare().catch(() => undefined)
      }
    }
    void consume()
    return () => stop.abort()
  })
}

function arrivalOf(
  queue: string,
  channel: Channel,
  message: ConsumeMessage,
  options: ConsumerOptions,
  onSettled: () => void,
): Arrival {
  let settled = false
  const settle = (how: () => void) => (): void => {
    if (settled) return
    settled = true
    onSettled()
    try {
      how()
    } catch {
      // The channel is gone, and the message back in its queue.
    }
  }
  const arrived = { queue, body: message.content, headers: message.properties.headers ?? {} }
  const postpone = (): void => {
    const settleAs = (postponed: boolean): void =>
      postponed ? channel.ack(message) : channel.nack(message, false, true)
    options
      .postpone(arrived)
      .catch(() => false)
      .then(settleAs)
      .catch(() => undefined)
  }
  return {
    ...arrived,
    ack: settle(() => channel.ack(message)),
    requeue: settle(() => channel.nack(message, false, true)),
    reject: settle(() => channel.nack(message, false, false)),
    delay: settle(postpone),
  }
}
