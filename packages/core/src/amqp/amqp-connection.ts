import { type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import type { Logger } from '../ports/logger.ts'

const HEARTBEAT_SECONDS = 10
const CONNECT_TIMEOUT_MS = 10_000
const MAX_RECONNECT_DELAY_MS = 10_000

/** A connection that comes back by itself, for as long as it is not closed. */
export interface AmqpConnection {
  /** The connection as it is now. @throws BROKER_UNAVAILABLE, or what makes connecting futile, when there is none */
  current(): ChannelModel
  /** Waits for a connection. Rejects when it is closed meanwhile. */
  next(): Promise<RecoveringChannelModel>
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly url: string
  readonly name: string
  readonly log: Logger
  /** Runs after each connecting, before anybody gets the connection. */
  readonly setUp: (model: ChannelModel) => Promise<void>
}

/** Begins to connect, and goes on until it is closed; whoever needs the connection meanwhile is told or waits. */
export function amqpConnection({ url, name, log, setUp }: ConnectionOptions): AmqpConnection {
  let model: ChannelModel | undefined
  let reason: unknown = 'there is no connection yet'
  let closed = false

  const prepare = async (opened: ChannelModel): Promise<void> => {
    // The library listens only after this; an error or an end until then must neither end the process nor go unseen.
    let lost: unknown
    opened.on('error', (error) => {
      lost = error
    })
    opened.on('close', (error) => {
      lost ??= error ?? new Error('the connection was closed')
    })
    await setUp(opened)
    if (lost) throw lost
  }
  const opening = connect(withHeartbeat(url), {
    timeout: CONNECT_TIMEOUT_MS,
    clientProperties: { connection_name: name },
    recovery: { waitForConnect: false, initialDelay: 200, maxDelay: MAX_RECONNECT_DELAY_MS, setup: prepare },
  }).then((recovering) => {
    const lose = (what: string) => (error: unknown) => {
      model = undefined
      reason = error
      if (!closed) log.warn({ broker: name, error: describe(error) }, `${what} Trying again.`)
    }
    recovering.on('connect', (opened) => {
      model = opened
      log.info({ broker: name }, 'Connected to the broker.')
    })
    recovering.on('disconnect', lose('Lost the connection to the broker.'))
    recovering.on('connect-failed', lose('Failed to connect to the broker.'))
    recovering.on('blocked', (why) =>
      log.warn({ broker: name, why }, 'The broker takes no messages: it is short of space.'),
    )
    recovering.on('error', (error) =>
      log.warn({ broker: name, error: describe(error) }, 'The connection has a problem.'),
    )
    return recovering
  })
  opening.catch((error: unknown) => {
    reason = error
  })

  return {
    current() {
      if (model) return model
      if (isMillraceError(reason)) throw reason
      throw new MillraceError('BROKER_UNAVAILABLE', {
        message: `Failed to reach the broker: ${closed ? 'the connection is closed' : describe(reason)}. Nothing is lost: the ledger keeps the work.`,
        cause: reason,
      })
    },
    next: async () => {
      const recovering = await opening
      await recovering.waitForConnect()
      return recovering
    },
    async close() {
      if (closed) return
      closed = true
      model = undefined
      await opening.then(
        (recovering) => recovering.close(),
        () => undefined,
      )
    },
  }
}

/** What an error says, without an address that may hold a password. */
export function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/amqps?:\/\/[^\s@]*@/g, 'amqp://')
}

/** A connection whose other end vanished is found out within two heartbeats. */
function withHeartbeat(url: string): string {
  const given = new URL(url)
  if (!given.searchParams.has('heartbeat')) given.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  return given.href
}
