import { hkdfSync } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { VERSION } from '@millrace/core'
import { assertSchema } from '@millrace/sink-postgres'
import type { FastifyInstance } from 'fastify'
import { apiRoutes } from './api/api-routes.ts'
import { ensureFirstAdmin, FIRST_ADMIN } from './api/security/first-admin.ts'
import type { System } from './compose.ts'
import { serveBuiltDashboard } from './dashboard/built-dashboard.ts'
import { startServer } from './operations/start-server.ts'
import type { HostOptions } from './options.ts'
import { startTelemetry } from './telemetry/start-telemetry.ts'

const HOST = '127.0.0.1'
const USUAL_PORT = 8_080
const REQUESTS_PER_MINUTE = 60_000
const PASSWORD_BYTES = 12

/**
 * Serves the interface of the program that was started by hand, to this machine only, and says how to get in. The password
 * follows from the key beside the database, so that every start can say it.
 *
 * @throws CannotStart when the port that was asked for is taken; the usual one gives way to a free one
 */
export async function serveDemo(
  { api }: System,
  { httpPort }: Pick<HostOptions, 'httpPort'>,
  say: (line: string) => void,
): Promise<AsyncDisposable> {
  const telemetry = startTelemetry({ otlpEndpoint: undefined })
  const operations = {
    version: VERSION,
    roles: ['extract', 'transform', 'embed', 'api'],
    checks: { database: () => assertSchema(api.db) },
    renderMetrics: telemetry.render,
  }
  const extend = async (server: FastifyInstance): Promise<void> => {
    await apiRoutes(server, {
      version: VERSION,
      api: () => api,
      log: api.log,
      internalKey: undefined,
      corsOrigins: [],
      requestsPerMinute: REQUESTS_PER_MINUTE,
    })
    await serveBuiltDashboard(server)
  }
  const listen = (port: number): Promise<FastifyInstance> => startServer({ host: HOST, port }, operations, extend)
  const server =
    httpPort === undefined
      ? await listen(USUAL_PORT).catch(() => {
          say(`Port ${USUAL_PORT} is taken, so a free one is used. Choose one with --http-port.`)
          return listen(0)
        })
      : await listen(httpPort)
  const password = Buffer.from(
    hkdfSync('sha256', api.tokenKey, '', 'first password of the demo', PASSWORD_BYTES),
  ).toString('base64url')
  await ensureFirstAdmin(api.db, password)
  const { port } = server.server.address() as AddressInfo
  say(`Serving http://${HOST}:${port} (interface: /openapi.json).`)
  say(`Log in as ${FIRST_ADMIN} with the password ${password}, unless you changed it.`)
  return {
    async [Symbol.asyncDispose]() {
      await server.close()
      await telemetry.stop()
    },
  }
}
