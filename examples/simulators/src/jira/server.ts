import { setTimeout as delay } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type Answer, INVALID_PAYLOAD, refusal } from './answer.ts'
import { type Door, FAILED_BASIC, identify } from './authentication.ts'
import type { BurstLimit } from './burst-limit.ts'
import { bendOf, rateLimited, replacementFor } from './fault-effects.ts'
import type { Fault, Faults } from './faults.ts'
import type { JiraOptions } from './jira-options.ts'
import type { PointsQuota } from './points.ts'
import { accountRoutes } from './routes/account.ts'
import { agileRoutes } from './routes/agile.ts'
import { bulkRoutes } from './routes/bulk.ts'
import { dataCenterRoutes } from './routes/data-center.ts'
import { developmentRoutes } from './routes/development.ts'
import { fieldRoutes } from './routes/fields.ts'
import { issueRoutes } from './routes/issue.ts'
import { projectRoutes } from './routes/projects.ts'
import type { Route } from './routes/route.ts'
import { searchRoutes } from './routes/search.ts'
import { statusRoutes } from './routes/statuses.ts'
import { send } from './send.ts'
import type { Site } from './site.ts'
import type { TrafficLog } from './traffic.ts'
import type { TrafficCheck } from './traffic-check.ts'

export interface ServerParts {
  readonly site: Site
  readonly options: JiraOptions
  readonly faults: Faults
  readonly traffic: TrafficLog
  readonly check: TrafficCheck | undefined
  readonly burst: BurstLimit
  readonly points: PointsQuota | undefined
}

const MAX_BODY_BYTES = 10_000_000
const JSON_TYPE = 'application/json;charset=UTF-8'
const CLOUD_ID = '5b2d0c7e-0000-4000-a000-000000000001'

/**
 * The ways in: the site's own address, the gateway's path below which the same API lies, and the context path of the
 * Data Center that holds the same site.
 */
const DOORS: readonly { readonly door: Door; readonly prefix: string }[] = [
  { door: 'site', prefix: '' },
  { door: 'gateway', prefix: '/ex/jira/:cloudId' },
  { door: 'data-center', prefix: '/jira' },
]

/** Jira's API as an HTTP server that does not listen yet. */
export const createServer = (parts: ServerParts): FastifyInstance => {
  const { options, site } = parts
  const server = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 },
  })
  const routes: readonly Route[] = [
    ...accountRoutes(options.email, options.showTimeZone),
    ...projectRoutes,
    ...statusRoutes,
    ...fieldRoutes,
    ...searchRoutes,
    ...bulkRoutes,
    ...issueRoutes,
    ...developmentRoutes,
    ...agileRoutes,
  ]
  for (const { door, prefix } of DOORS) {
    for (const route of door === 'data-center' ? dataCenterRoutes(routes) : routes) {
      server.route({
        method: route.method,
        url: `${prefix}${route.path}`,
        handler: (request, reply) => serve(parts, route, door, request, reply),
      })
    }
  }
  server.get('/_edge/tenant_info', () => ({ cloudId: CLOUD_ID }))
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const answer =
      (error.statusCode ?? 500) < 500 ? INVALID_PAYLOAD : refusal(500, `Internal server error: ${error.message}`)
    return reply.code(answer.status).headers(headersOf(site, answer)).send(answer.body)
  })
  server.setNotFoundHandler((request, reply) => {
    const answer = {
      status: 404,
      body: JSON.stringify({ errorMessage: `No endpoint ${request.method} ${request.url}.`, statusCode: 404 }),
    }
    return reply.code(404).headers(headersOf(site, answer)).send(answer.body)
  })
  return server
}

const serve = async (
  parts: ServerParts,
  route: Route,
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> => {
  const { site, options, faults, traffic, check } = parts
  const { method, url, body, query } = request
  const path = apiPath(url)
  check?.request(method, route.path, query, body)
  const struck = faults.strike({
    method,
    path,
    carriesToken: tokenOf(query) !== undefined || tokenOf(body) !== undefined,
  })
  const wait = struck.reduce((sum, fault) => sum + (fault.kind === 'latency' ? fault.ms : 0), options.latencyMs)
  if (wait > 0) await delay(wait)

  const { admitted, retryAfterSeconds } = parts.burst.take(`${method} ${route.path}`)
  const answer = admitted
    ? counted(parts, door, request, () => answerTo(parts, route, door, request, struck))
    : rateLimited(site.world.clock.now(), retryAfterSeconds, 'jira-burst-based')
  check?.response(method, route.path, answer)
  const bytes = Buffer.from(answer.body, 'utf8')
  const exchange = {
    method,
    route: route.path,
    url,
    requestBody: body,
    status: answer.status,
    complete: !struck.some(({ kind }) => kind === 'cut-body'),
    faults: struck.map(({ kind }) => kind),
  }
  // Before sending, so that a client which has its answer finds it in the log.
  traffic.record(exchange, bytes)
  await send(reply, { status: answer.status, headers: headersOf(site, answer), body: bytes }, struck)
  return reply
}

/** Apps pay a point for each request, and one for each thing in the answer; people with tokens of their own do not. */
const counted = (
  { points, site }: ServerParts,
  door: Door,
  { headers }: FastifyRequest,
  answerOf: () => Answer,
): Answer => {
  if (!points || door !== 'gateway' || !headers.authorization?.toLowerCase().startsWith('bearer ')) return answerOf()
  const { left, resetSeconds } = points.look()
  const answer = left === 0 ? rateLimited(site.world.clock.now(), resetSeconds, 'jira-quota-global-based') : answerOf()
  if (left > 0) points.spend(1 + (answer.things ?? 0))
  return { ...answer, headers: { ...answer.headers, ...points.headers() } }
}

const answerTo = (
  { site, options }: ServerParts,
  route: Route,
  door: Door,
  request: FastifyRequest,
  struck: readonly Fault[],
): Answer => {
  for (const fault of struck) {
    const replacement = replacementFor(fault, site.world.clock.now())
    if (replacement !== undefined) return replacement
  }
  const identified = struck.some(({ kind }) => kind === 'empty-lists')
    ? FAILED_BASIC
    : identify(request.headers.authorization, door, apiPath(request.url), options)
  if (identified.refused !== undefined) return identified.refused
  const answer = route.answer({
    site,
    caller: identified.caller,
    params: request.params as Readonly<Record<string, string>>,
    query: request.query,
    body: request.body,
    bend: bendOf(struck),
    url: `${request.protocol}://${request.host}${request.url}`,
  })
  return { ...answer, headers: { ...identified.headers, ...answer.headers } }
}

/** The clock of the site, not of the machine, dates its answers. */
const headersOf = (site: Site, answer: Answer): Readonly<Record<string, string>> => ({
  'content-type': JSON_TYPE,
  date: new Date(site.world.clock.now()).toUTCString(),
  ...answer.headers,
})

const apiPath = (url: string): string =>
  (url.split('?', 1)[0] ?? '').replace(/^(?:\/ex\/jira\/[^/]+|\/jira)(?=\/rest\/)/, '')

const tokenOf = (source: unknown): unknown =>
  typeof source === 'object' && source !== null && 'nextPageToken' in source
    ? (source.nextPageToken ?? undefined)
    : undefined
