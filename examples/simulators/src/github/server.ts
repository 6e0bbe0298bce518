import { setTimeout as delay } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import { send } from '../jira/send.ts'
import type { TrafficLog } from '../jira/traffic.ts'
import { answerQuery, operationOf } from './answer-query.ts'
import { type GithubAnswer, replacementFor, secondaryLimit } from './answers.ts'
import type { Credentials } from './credentials.ts'
import type { GithubFault, GithubFaults } from './faults.ts'
import type { GithubOptions } from './github-options.ts'
import { issueToken, listInstallationRepositories, showRateLimit } from './rest.ts'
import type { World } from './world/world.ts'

export interface GithubParts {
  readonly world: World
  readonly options: GithubOptions
  readonly faults: GithubFaults
  readonly credentials: Credentials
  readonly traffic: TrafficLog
}

const graphqlRequest = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) })

type Asked = z.output<typeof graphqlRequest>

/** GitHub's API as an HTTP server that does not listen yet: github.com's paths, and those of an Enterprise Server. */
export const createGithubServer = (parts: GithubParts): FastifyInstance => {
  const server = Fastify({ bodyLimit: 10_000_000, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } })
  let inFlight = 0

  for (const prefix of ['', '/api']) {
    server.post(`${prefix}/graphql`, async (request, reply) => {
      const asked = graphqlRequest.parse(request.body)
      inFlight += 1
      try {
        const busy = inFlight > parts.options.maxConcurrent
        return await serve(parts, request, reply, operationOf(asked.query), asked, (struck) =>
          busy ? secondaryLimit(403, 1) : answerQuery(parts, request.headers.authorization, asked, struck),
        )
      } finally {
        inFlight -= 1
      }
    })
  }
  for (const prefix of ['', '/api/v3']) {
    server.post<{ Params: { id: string } }>(`${prefix}/app/installations/:id/access_tokens`, (request, reply) =>
      serve(parts, request, reply, 'access_tokens', undefined, () =>
        issueToken(parts, request.headers.authorization, request.params.id),
      ),
    )
    server.get(`${prefix}/rate_limit`, (request, reply) =>
      serve(parts, request, reply, 'rate_limit', undefined, () => showRateLimit(parts, request.headers.authorization)),
    )
    server.get(`${prefix}/installation/repositories`, (request, reply) =>
      serve(parts, request, reply, 'installation_repositories', undefined, () =>
        listInstallationRepositories(parts, request.headers.authorization, request.query),
      ),
    )
  }
  server.setErrorHandler((error: Error, _request, reply) =>
    error instanceof z.ZodError
      ? reply.code(400).send({ message: 'Problems parsing JSON' })
      : reply.code(500).send({ message: error.message }),
  )
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'Not Found' }))
  return server
}

const serve = async (
  { world, options, faults, credentials, traffic }: GithubParts,
  request: FastifyRequest,
  reply: FastifyReply,
  operation: string,
  asked: Asked | undefined,
  answer: (struck: readonly GithubFault[]) => GithubAnswer,
): Promise<FastifyReply> => {
  const struck = faults.strike({ operation, carriesCursor: typeof asked?.variables.after === 'string' })
  if (struck.some(({ kind }) => kind === 'expire-tokens')) credentials.expireAll()
  const wait = struck.reduce((sum, fault) => sum + (fault.kind === 'latency' ? fault.ms : 0), options.latencyMs)
  if (wait > 0) await delay(wait)
  const replaced = struck.map((fault) => replacementFor(fault, world.clock.now())).find((found) => found !== undefined)
  const { status, body, headers } = replaced ?? answer(struck)
  const bytes = Buffer.from(body, 'utf8')
  const complete = !struck.some(({ kind }) => kind === 'cut-body')
  const route = operation
  traffic.record(
    {
      method: request.method,
      route,
      url: request.url,
      requestBody: asked,
      status,
      complete,
      faults: struck.map(({ kind }) => kind),
    },
    bytes,
  )
  const date = new Date(world.clock.now()).toUTCString()
  const head = { 'content-type': 'application/json; charset=utf-8', date, ...headers }
  await send(reply, { status, headers: head, body: bytes }, struck)
  return reply
}
