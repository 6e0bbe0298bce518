import type { Logger } from '@millrace/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Api } from '../api.ts'
import { CLOSE_CODES, JOB_CHANNELS } from '../contract/live.ts'
import { idText } from '../contract/scalars.ts'
import { type Listener, type LiveHub, liveHub } from './live-hub.ts'
import { redeemTicket } from './tickets.ts'
import { type Socket, watchClient } from './watch-client.ts'

const asked = z.object({
  tenant: idText,
  job: idText.optional(),
  channel: z.enum(JOB_CHANNELS).optional(),
  ticket: z.string().min(1).max(200),
})

/** The channels: a ticket opens one, and then everything that is committed comes by it. */
export function liveRoutes(server: FastifyInstance, current: () => Api | undefined, log: Logger): void {
  let hub: LiveHub | undefined
  const serve = async (socket: Socket, request: FastifyRequest): Promise<void> => {
    const client = watchClient(socket, log)
    const given = asked.safeParse({ ...(request.params as object), ...(request.query as object) })
    const api = current()
    if (!api) return socket.close(CLOSE_CODES.goingAway, 'not ready')
    if (!given.success) return socket.close(CLOSE_CODES.unauthorized, 'no ticket')
    const { tenant: tenantId, job: jobId, channel, ticket } = given.data
    try {
      if (!(await redeemTicket(api.db, tenantId, ticket))) return socket.close(CLOSE_CODES.unauthorized, 'ticket')
      hub ??= liveHub(api.db, api.changes, log)
      const listener: Listener = {
        tenantId,
        ...(jobId !== undefined && { jobId }),
        ...(channel !== undefined && { channel }),
        send: client.send,
      }
      const leave = await hub.join(listener)
      if (!leave) return socket.close(CLOSE_CODES.notFound, 'no such job')
      client.whenGone(leave)
    } catch (error) {
      log.debug({ error: String(error) }, 'Failed to open a live connection.')
      socket.close(CLOSE_CODES.goingAway, 'try again')
    }
  }
  server.get('/ws/job/:channel/:tenant/:job', { websocket: true }, serve)
  server.get('/ws/jobs/:tenant', { websocket: true }, serve)
  server.addHook('onClose', async () => hub?.close())
}
