import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { StrictMode } from './collection.ts'
import { openApiCheck } from './open-api-check.ts'
import { Refusal } from './refusal.ts'
import { qdrantRoutes } from './routes.ts'
import { createServerState, type QdrantCollections } from './server-state.ts'

export interface QdrantSimulatorOptions {
  /** @default any free one */
  readonly port?: number
  /** Every request must carry it. @default none is asked for */
  readonly apiKey?: string
  /** Strict mode of every collection that is created. @default off */
  readonly strictMode?: StrictMode
  /** Where Qdrant's OpenAPI file may be. @default beside the repository */
  readonly openApiFile?: string
}

/** A running simulator of one Qdrant 1.19 node. */
export interface QdrantSimulator {
  readonly url: string
  /** What it holds. */
  readonly collections: QdrantCollections
  /** Alias → collection. */
  readonly aliases: ReadonlyMap<string, string>
  /** Requests so far, each `METHOD /path`. */
  readonly requests: readonly string[]
  /** Requests that Qdrant would refuse, and answers that it would not give. */
  readonly violations: readonly string[]
  /** Whether Qdrant's own OpenAPI file was found to compare with. */
  readonly comparesOpenApi: boolean
  /** The next so many requests whose line contains `path` are answered by this instead. */
  fail(path: string, answer: { readonly status: number; readonly retryAfterSeconds?: number }, times?: number): void
  close(): Promise<void>
}

const DEFAULT_FILE = fileURLToPath(new URL('../../../../../shared/api-specs/qdrant-1.19.json', import.meta.url))
const MAX_BODY_BYTES = 32 * 1024 * 1024

/**
 * Starts a simulator of Qdrant on a local port. It stores for real and answers exactly; what it does not know, it refuses.
 * A write without `wait=true` is acknowledged and takes effect later, as on a server.
 */
export const startQdrantSimulator = async (options: QdrantSimulatorOptions = {}): Promise<QdrantSimulator> => {
  const state = createServerState(options.strictMode ?? { enabled: false })
  const check = openApiCheck(options.openApiFile ?? DEFAULT_FILE)
  const requests: string[] = []
  const violations: string[] = []
  const failures: { path: string; status: number; retryAfterSeconds: number | undefined; times: number }[] = []
  const server = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true })

  server.addHook('onRequest', async (request) => {
    const line = `${request.method} ${request.url}`
    requests.push(line)
    if (options.apiKey !== undefined && request.headers['api-key'] !== options.apiKey) {
      throw new Refusal(401, 'Must provide an API key or an Authorization bearer token')
    }
    const failure = failures.find(({ path, times }) => times > 0 && line.includes(path))
    if (!failure) return
    failure.times -= 1
    const after = failure.retryAfterSeconds
    const headers = after === undefined ? {} : { 'retry-after': String(after) }
    throw new Refusal(failure.status, 'Rate limiting exceeded: write rate limit exceeded', headers)
  })
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof Refusal ? error.status : (error.statusCode ?? 500)
    const headers = error instanceof Refusal ? error.headers : {}
    return reply
      .code(status)
      .headers(headers)
      .send({ status: { error: error.message }, time: 0 })
  })
  server.setNotFoundHandler((request, reply) => {
    violations.push(`${request.method} ${request.url}: no such endpoint`)
    return reply.code(404).send('')
  })

  for (const route of qdrantRoutes(state)) {
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const { method, url } = request
      const refuse = (reason: string): never => {
        violations.push(`${method} ${url}: ${reason}`)
        throw new Refusal(400, `Format error in JSON body: ${reason}`)
      }
      const unlike = route.body && check?.request(method, route.path, request.body)
      if (unlike) refuse(unlike)
      const parsed = route.body?.safeParse(request.body)
      if (parsed?.error) refuse(parsed.error.message)
      const params = request.params as { readonly name?: string }
      const query = request.query as { readonly wait?: string }
      const result = route.answer({ name: params.name ?? '', body: parsed?.data as never, wait: query.wait === 'true' })
      const body = { result, status: 'ok', time: 0.001 }
      const wrong = check?.response(method, route.path, body)
      if (wrong) violations.push(`${method} ${url}: the simulator's own answer: ${wrong}`)
      return reply.send(body)
    }
    server.route({ method: route.method, url: route.path.replace('{collection_name}', ':name'), handler })
  }

  const url = await server.listen({ port: options.port ?? 0, host: '127.0.0.1' })
  return {
    url,
    collections: state.collections,
    aliases: state.aliases,
    requests,
    violations,
    comparesOpenApi: check !== undefined,
    fail: (path, { status, retryAfterSeconds }, times = 1) =>
      void failures.push({ path, status, retryAfterSeconds, times }),
    close: async () => {
      state.settle()
      await server.close()
    },
  }
}
