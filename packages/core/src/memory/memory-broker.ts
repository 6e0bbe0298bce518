import { defer, finalize, Observable, type Subscriber } from 'rxjs'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Arrival, Broker, ConsumeOptions, OutgoingMessage } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'

export interface MemoryBrokerOptions {
  readonly clock: Clock
  /** How long a message that is delayed stays away. @default 15_000 */
  readonly delayMs?: number
  /**
   * What becomes of a published message: so many copies reach the queue, 0 loses a message that was confirmed;
   * 'unroutable' and 'unconfirmed' are told to the publisher, the second though the message has arrived.
   * @default () => 1
   */
  readonly fate?: (message: OutgoingMessage) => number | 'unroutable' | 'unconfirmed'
  /** Which of the waiting messages is delivered next. @default () => 0, the oldest */
  readonly next?: (waiting: number) => number
}

/** A broker in this process, which keeps only the promises that a test lets it keep. */
export interface MemoryBroker extends Broker {
  /** Bodies that wait in a queue, oldest first. */
  waiting(queue: string): readonly Uint8Array[]
  /** Bodies that were rejected, in order. */
  readonly rejected: readonly Uint8Array[]
  /** Loses every message; consumers stay. */
  wipe(): void
  /** Cuts the connection: what is unsettled waits again, and publishing fails until `reconnect`. */
  disconnect(): void
  reconnect(): void
}

interface Stored {
  readonly body: Uint8Array
  readonly headers: Arrival['headers']
}

interface Consumer {
  readonly prefetch: number
  readonly subscriber: Subscriber<Arrival>
  readonly unsettled: Set<Stored>
}

interface Queue {
  waiting: Stored[]
  readonly consumers: Consumer[]
}

/** Makes a broker over arrays. Its queues come to be when they are first named. */
export function memoryBroker(options: MemoryBrokerOptions): MemoryBroker {
  const { clock, delayMs = 15_000, fate = () => 1, next = () => 0 } = options
  const queues = new Map<string, Queue>()
  const rejected: Uint8Array[] = []
  const closing = new AbortController()
  let connected = true

  const queueOf = (name: string): Queue => {
    const found = queues.get(name)
    if (found) return found
    const created: Queue = { waiting: [], consumers: [] }
    queues.set(name, created)
    return created
  }
  const requireConnection = (): void => {
    if (connected && !closing.signal.aborted) return
    throw new MillraceError('BROKER_UNAVAILABLE', {
      message: 'Failed to reach the broker: it is disconnected. Nothing is lost: the ledger keeps the work.',
    })
  }

  /** Delivers in a later turn, so that settling a message inside of its delivery does not nest. */
  const deliver = (name: string): void => queueMicrotask(() => deliverNow(name))
  const deliverNow = (name: string): void => {
    const queue = queueOf(name)
    while (connected && queue.waiting.length > 0) {
      // Whoever has the most room is next: consumers with the same prefetch take turns.
      const [consumer] = queue.consumers
        .filter(({ unsettled, prefetch }) => unsettled.size < prefetch)
        .sort((left, right) => left.unsettled.size - right.unsettled.size)
      if (!consumer) return
      const [stored] = queue.waiting.splice(next(queue.waiting.length), 1)
      if (!stored) return
      consumer.unsettled.add(stored)
      consumer.subscriber.next(arrival(name, consumer, stored))
    }
  }

  const arrival = (name: string, consumer: Consumer, stored: Stored): Arrival => {
    const settle = (then: () => void) => (): void => {
      if (!consumer.unsettled.delete(stored)) return
      then()
      deliver(name)
    }
    const putBack = (): void => void queueOf(name).waiting.unshift(stored)
    const putBackLater = (): void => {
      clock.sleep(delayMs, closing.signal).then(
        () => {
          queueOf(name).waiting.push(stored)
          deliver(name)
        },
        () => undefined,
      )
    }
    return {
      queue: name,
      body: stored.body,
      headers: stored.headers,
      ack: settle(() => undefined),
      requeue: settle(putBack),
      reject: settle(() => void rejected.push(stored.body)),
      delay: settle(putBackLater),
    }
  }

  const putBackUnsettled = (queue: Queue, { unsettled }: Consumer): void => {
    queue.waiting.unshift(...unsettled)
    unsettled.clear()
  }

  const consume = (name: string, { prefetch }: ConsumeOptions): Observable<Arrival> =>
    defer(() => {
      const queue = queueOf(name)
      let consumer: Consumer | undefined
      return new Observable<Arrival>((subscriber) => {
        consumer = { prefetch, subscriber, unsettled: new Set() }
        queue.consumers.push(consumer)
        deliver(name)
      }).pipe(
        finalize(() => {
          if (!consumer) return
          queue.consumers.splice(queue.consumers.indexOf(consumer), 1)
          putBackUnsettled(queue, consumer)
          deliver(name)
        }),
      )
    })

  return {
    name: 'memory broker',
    async publish(messages) {
      requireConnection()
      const failed: number[] = []
      for (const [position, message] of messages.entries()) {
        const outcome = fate(message)
        if (typeof outcome !== 'number') failed.push(position)
        const copies = outcome === 'unroutable' ? 0 : outcome === 'unconfirmed' ? 1 : outcome
        const { body, headers = {} } = message
        for (let copy = 0; copy < copies; copy++) queueOf(message.queue).waiting.push({ body, headers })
        deliver(message.queue)
      }
      return { failed }
    },
    consume,
    async depths(names) {
      requireConnection()
      return new Map(
        names.map((name) => {
          const { waiting, consumers } = queueOf(name)
          return [name, { messages: waiting.length, consumers: consumers.length }]
        }),
      )
    },
    async close() {
      closing.abort()
      connected = false
    },
    waiting: (name) => queueOf(name).waiting.map(({ body }) => body),
    rejected,
    wipe() {
      for (const queue of queues.values()) queue.waiting = []
    },
    disconnect() {
      connected = false
      for (const queue of queues.values()) {
        for (const consumer of queue.consumers) putBackUnsettled(queue, consumer)
      }
    },
    reconnect() {
      if (closing.signal.aborted) return
      connected = true
      for (const name of queues.keys()) deliver(name)
    },
  }
}
