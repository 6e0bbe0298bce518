import type { FastifyPluginAsync } from 'fastify'
import { checkReadiness, type Readiness, type ReadinessCheck } from './readiness.ts'

export interface OperationsOptions {
  readonly version: string
  readonly roles: readonly string[]
  readonly checks: { readonly [name: string]: ReadinessCheck }
  /** Aborted once the process is to end: it is ready no more, and whoever hands out work or requests looks for another. */
  readonly stopping?: AbortSignal
  /** The metrics as Prometheus reads them. */
  readonly renderMetrics: () => Promise<string>
}

const STOPPING: Readiness = { ready: false, checks: { process: 'STOPPING' } }

/**
 * What supervisors and monitors ask, without credentials: `/health` whether the process lives, `/ready` whether it is of use,
 * `/metrics` how it is doing.
 */
export const operationsRoutes: FastifyPluginAsync<OperationsOptions> = async (server, options) => {
  const { version, roles, checks, stopping, renderMetrics } = options
  server.get('/health', async () => ({ status: 'ok', version, roles, uptime_seconds: Math.round(process.uptime()) }))
  server.get('/ready', async (_request, reply) => {
    if (stopping?.aborted) return reply.code(503).send(STOPPING)
    const readiness = await checkReadiness(checks)
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  server.get('/metrics', async (_request, reply) => {
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    return renderMetrics()
  })
}
