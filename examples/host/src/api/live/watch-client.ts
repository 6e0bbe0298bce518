import type { Logger } from '@millrace/core'
import { CLOSE_CODES } from '../contract/live.ts'
import type { MessageKind } from './live-hub.ts'

export const HEARTBEAT_MS = 15_000
/** Of changes that a client has not read yet. */
export const MOST_UNREAD_BYTES = 256 * 1_024
/** Beyond this, what may be left out is. */
export const MUCH_UNREAD_BYTES = 64 * 1_024

/** What of a WebSocket is used here. */
export interface Socket {
  /** Bytes that were sent and that the client's side has not taken yet. */
  readonly bufferedAmount: number
  send(message: Buffer, options: { readonly binary: false }): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'pong' | 'close' | 'error', listener: () => void): unknown
}

export interface WatchedClient {
  send(message: Buffer, kind: MessageKind): void
  /** Called once when nothing can be sent any more; at once when that is so already. */
  whenGone(leave: () => void): void
}

/**
 * Drops a client that does not answer to the heartbeat, and one that reads too slowly: it is told why behind what it has not
 * read, and cut off half a minute later at the latest. What waits for it is never more than its first documents and some.
 */
export function watchClient(socket: Socket, log: Logger): WatchedClient {
  let isAlive = true
  let gone = false
  let firstBytes = 0
  const leaving: (() => void)[] = []
  const leave = (): void => {
    gone = true
    for (const each of leaving.splice(0)) each()
  }
  const heartbeat = setInterval(() => {
    if (!isAlive) {
      log.info({}, 'Cut off a live client that did not answer to the heartbeat.')
      return socket.terminate()
    }
    isAlive = false
    socket.ping()
  }, HEARTBEAT_MS)
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearInterval(heartbeat)
    leave()
  })
  return {
    whenGone(then) {
      if (gone) then()
      else leaving.push(then)
    },
    send(message, kind) {
      if (gone || (kind === 'progress' && socket.bufferedAmount > MUCH_UNREAD_BYTES)) return
      if (kind === 'first') firstBytes += message.byteLength
      const unreadBytes = socket.bufferedAmount
      if (unreadBytes > firstBytes + MOST_UNREAD_BYTES) {
        log.info({ unreadBytes }, 'Left a live client that reads too slowly. It may connect again.')
        socket.close(CLOSE_CODES.tooSlow, 'too slow')
        return leave()
      }
      socket.send(message, { binary: false })
    },
  }
}
