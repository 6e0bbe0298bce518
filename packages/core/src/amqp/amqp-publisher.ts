import type { ConfirmChannel } from 'amqplib'
import type { OutgoingMessage, PublishReport } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { AmqpConnection } from './amqp-connection.ts'

export interface AmqpPublisher {
  /** Publishes to `exchange`, with the queue's name as the key; `nameOf` gives it. */
  publish(exchange: string, messages: readonly OutgoingMessage[]): Promise<PublishReport>
  /** Resolves when nothing that was published is still to be confirmed. */
  settled(): Promise<void>
}

export interface PublisherOptions {
  readonly connection: AmqpConnection
  readonly nameOf: (queue: string) => string
  readonly confirmTimeoutMs: number
  readonly clock: Clock
  /** A queue that should be there is not: somebody deleted it. */
  readonly onMissingQueue: () => void
}

/**
 * Publishes with confirms. The broker confirms also what it could route nowhere, and returns it first; a returned message
 * counts as not published.
 */
export function amqpPublisher({
  connection,
  nameOf,
  confirmTimeoutMs,
  clock,
  onMissingQueue,
}: PublisherOptions): AmqpPublisher {
  let opening: Promise<ConfirmChannel> | undefined
  const unconfirmed = new Map<string, (published: boolean) => void>()
  let lastNumber = 0

  const open = async (): Promise<ConfirmChannel> => {
    const channel = await connection.current().createConfirmChannel()
    const forget = (): void => {
      opening = undefined
    }
    channel.on('error', forget)
    channel.on('close', forget)
    channel.on('return', ({ properties }) => {
      onMissingQueue()
      unconfirmed.get(String(properties.correlationId))?.(false)
    })
    return channel
  }

  /** Resolves to whether the broker took the message. */
  const publishOne = (channel: ConfirmChannel, exchange: string, message: OutgoingMessage) => {
    const number = String(++lastNumber)
    const confirmed = new Promise<boolean>((resolve) => {
      unconfirmed.set(number, resolve)
    }).finally(() => unconfirmed.delete(number))
    const settle = unconfirmed.get(number)
    const options = {
      mandatory: true,
      persistent: true,
      messageId: message.id,
      correlationId: number,
      contentType: 'application/json',
      timestamp: Math.floor(clock.now() / 1000),
      headers: { ...message.headers },
    }
    try {
      const body = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength)
      const hasRoom = channel.publish(exchange, nameOf(message.queue), body, options, (error) => settle?.(!error))
      return { confirmed, hasRoom }
    } catch {
      // The channel closed between two messages.
      settle?.(false)
      return { confirmed, hasRoom: true }
    }
  }

  return {
    async publish(exchange, messages) {
      opening ??= open()
      const channel = await opening.catch((error: unknown) => {
        opening = undefined
        throw error
      })
      const confirms: Promise<boolean>[] = []
      for (const message of messages) {
        const { confirmed, hasRoom } = publishOne(channel, exchange, message)
        confirms.push(confirmed)
        if (!hasRoom) await roomIn(channel)
      }
      const giveUp = new AbortController()
      const late = clock.sleep(confirmTimeoutMs, giveUp.signal).then(
        () => false,
        () => false,
      )
      const published = await Promise.all(confirms.map((confirmed) => Promise.race([confirmed, late])))
      giveUp.abort()
      return { failed: [...published.keys()].filter((position) => !published[position]) }
    },
    async settled() {
      const channel = await opening?.catch(() => undefined)
      await channel?.waitForConfirms().catch(() => undefined)
    },
  }
}

/** The socket's buffer is full: go on when it is drained, or the channel closed. */
function roomIn(channel: ConfirmChannel): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      channel.off('drain', go)
      channel.off('close', go)
      resolve()
    }
    channel.on('drain', go)
    channel.on('close', go)
  })
}
