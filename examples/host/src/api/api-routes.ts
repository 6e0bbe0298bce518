import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import type { Logger } from '@millrace/core'
import type { FastifyInstance } from 'fastify'
import { allHandlers } from './all-handlers.ts'
import type { Api } from './api.ts'
import { CLOSE_CODES } from './contract/live.ts'
import { liveRoutes } from './live/live-routes.ts'
import { openApiDocument } from './openapi.ts'
import { registerRoutes } from './register-routes.ts'
import { toProblem } from './to-problem.ts'

export interface ApiOptions {
  readonly version: string
  /** Undefined until the database was reached. */
  readonly api: () => Api | undefined
  readonly log: Logger
  /** What services show in `X-Internal-Auth`; without it, none are let in. */
  readonly internalKey: string | undefined
  /** Other sites whose pages may call. */
  readonly corsOrigins: readonly string[]
  /** Of one address. */
  readonly requestsPerMinute: number
}

const LONGEST_MESSAGE_BYTES = 1_024
/** How long live clients may take to hang up when the process ends. */
const GOODBYE_MS = 2_000

/** The REST interface and the live channels, beside whatever else the server answers. */
export async function apiRoutes(server: FastifyInstance, options: ApiOptions): Promise<void> {
  const { version, api, log, internalKey, corsOrigins, requestsPerMinute } = options
  server.setErrorHandler((error, request, reply) => {
    const { status, problem } = toProblem(error)
    if (status >= 500)
      log.error({ path: request.routeOptions.url, error: String(error) }, 'Failed to answer a request.')
    return reply.code(status).send(problem)
  })
  server.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send({ code: 'UNKNOWN_ROUTE', message: 'Failed to find this address: there is nothing. See /openapi.json.' }),
  )
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    // Some clients name the type of a body that they do not send.
    if (text === '') return done(null, undefined)
    return server.getDefaultJsonParser('error', 'error')(request, String(text), done)
  })
  await server.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        'connect-src': ["'self'", 'ws:', 'wss:'],
        'style-src': ["'self'", "'unsafe-inline'"],
        'upgrade-insecure-requests': null,
      },
    },
  })
  await server.register(cors, { origin: [...corsOrigins], methods: ['GET', 'POST', 'PUT', 'DELETE'] })
  await server.register(rateLimit, { max: requestsPerMinute, timeWindow: '1 minute' })
  await server.register(websocket, { options: { maxPayload: LONGEST_MESSAGE_BYTES }, preClose: sendAway })
  registerRoutes(server, { api, handlers: allHandlers, internalKey })
  await server.register(async (scope) => liveRoutes(scope, api, log))
  server.addHook('onClose', () => api()?.tasks.stop())
  const document = openApiDocument(version)
  server.get('/openapi.json', async () => document)
}

/** Live clients connect again, to another process; a server only closes when all of them are gone. */
function sendAway(this: FastifyInstance, done: () => void): void {
  const { clients } = this.websocketServer
  for (const client of clients) client.close(CLOSE_CODES.goingAway, 'stopping')
  setTimeout(() => {
    for (const client of clients) client.terminate()
  }, GOODBYE_MS).unref()
  done()
}
