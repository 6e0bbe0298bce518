import Fastify, { type FastifyInstance } from 'fastify'
import { CannotStart } from '../cannot-start.ts'
import { type OperationsOptions, operationsRoutes } from './operations-routes.ts'

/** Longer requests are none that anybody needs here. */
const REQUEST_TIMEOUT_MS = 30_000
const LARGEST_BODY_BYTES = 64 * 1_024

export interface Listen {
  readonly host: string
  readonly port: number
  /** Addresses and networks of proxies: what they say of whom a request is from is believed. @default none */
  readonly trustedProxies?: readonly string[]
}

/**
 * Starts the server of this process, with the routes of operation and what `extend` adds: before them, since it may set what
 * applies to all routes.
 *
 * @throws CannotStart when the port is taken
 */
export async function startServer(
  { host, port, trustedProxies = [] }: Listen,
  operations: OperationsOptions,
  extend: (server: FastifyInstance) => Promise<void> = async () => undefined,
): Promise<FastifyInstance> {
  const server = Fastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: LARGEST_BODY_BYTES,
    forceCloseConnections: true,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
  })
  await extend(server)
  await server.register(operationsRoutes, operations)
  try {
    await server.listen({ host, port })
    return server
  } catch (error) {
    await server.close()
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const message = `Failed to listen on ${host}:${port}: ${reason}. Choose another port with --port.`
    throw new CannotStart('PORT_UNAVAILABLE', message, error)
  }
}
