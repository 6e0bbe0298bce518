import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Api } from '../api.ts'
import { CLOSE_CODES, JOB_CHANNELS } from '../contract/live.ts'
import { idText } from '../contract/scalars.ts'
import { type Listener, type LiveHub, liveHub } from './live-hub.ts'
import { redeemTicket } from './tickets.ts'

const HEARTBEAT_MS = 15_000
/** Of what a client has not read yet. */
const MOST_BUFFERED_BYTES = 1_024 * 1_024
/** Beyond this, what may be left out is. */
const MUCH_BUFFERED_BYTES = 64 * 1_024

const asked = z.object({
  tenant: idText,
  job: idText.optional(),
  channel: z.enum(JOB_CHANNELS).optional(),
  ticket: z.string().min(1).max(200),
})

/** What of a WebSocket is used here. */
interface Socket {
  readonly bufferedAmount: number
  send(text: string): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'pong' | 'close' | 'error', listener: () => void): unknown
}

/** The channels: a ticket opens one, and then everything that is committed comes by it. */
export function liveRoutes(server: FastifyInstance, current: () => Api | undefined): void {
  let hub: LiveHub | undefined
  const serve = async (socket: Socket, request: FastifyRequest): Promise<void> => {
    const watched = watch(socket)
    const given = asked.safeParse({ ...(request.params as object), ...(request.query as object) })
    const api = current()
    if (!api) return socket.close(CLOSE_CODES.goingAway, 'not ready')
    if (!given.success) return socket.close(CLOSE_CODES.unauthorized, 'no ticket')
    const { tenant: tenantId, job: jobId, channel, ticket } = given.data
    try {
      if (!(await redeemTicket(api.db, tenantId, ticket))) return socket.close(CLOSE_CODES.unauthorized, 'ticket')
      hub ??= liveHub(api.db, api.changes, api.log)
      const listener: Listener = {
        tenantId,
        ...(jobId !== undefined && { jobId }),
        ...(channel !== undefined && { channel }),
        send: watched.send,
      }
      const leave = await hub.join(listener)
      if (!leave) return socket.close(CLOSE_CODES.notFound, 'no such job')
      watched.whenClosed(leave)
    } catch (error) {
      api.log.debug({ error: String(error) }, 'Failed to open a live connection.')
      socket.close(CLOSE_CODES.goingAway, 'try again')
    }
  }
  server.get('/ws/job/:channel/:tenant/:job', { websocket: true }, serve)
  server.get('/ws/jobs/:tenant', { websocket: true }, serve)
  server.addHook('onClose', async () => hub?.close())
}

/** Drops a client that does not answer or does not read. */
function watch(socket: Socket) {
  let isAlive = true
  let closed = false
  const leaving: (() => void)[] = []
  const heartbeat = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, HEARTBEAT_MS)
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    closed = true
    clearInterval(heartbeat)
    for (const leave of leaving) leave()
  })
  return {
    whenClosed(leave: () => void): void {
      if (closed) leave()
      else leaving.push(leave)
    },
    send(text: string, droppable: boolean): void {
      if (closed || (droppable && socket.bufferedAmount > MUCH_BUFFERED_BYTES)) return
      if (socket.bufferedAmount <= MOST_BUFFERED_BYTES) {
        socket.send(text)
      } else {
        socket.close(CLOSE_CODES.tooSlow, 'too slow')
        socket.terminate()
      }
    },
  }
}
