import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Api, Caller } from './api.ts'
import { auditEntry } from './audit/audit-entry.ts'
import { recorded } from './audit/audited-database.ts'
import type { Route } from './contract/route.ts'
import { ROUTES, type RouteName } from './contract/routes.ts'
import { idText } from './contract/scalars.ts'
import type { Handlers } from './handlers.ts'
import { Refusal } from './refusal.ts'
import { authenticate } from './security/authenticate.ts'
import { whyUnstorable } from './security/storable.ts'

const LOGINS_A_MINUTE = 20

export interface RouteOptions {
  /** Undefined until the database was reached. */
  readonly api: () => Api | undefined
  readonly handlers: (api: Api) => Handlers
  readonly internalKey: string | undefined
}

/** Serves the routes of the table: who asks, then what, then the handler, then its answer by the schema and no field more. */
export function registerRoutes(server: FastifyInstance, options: RouteOptions): void {
  let made: Handlers | undefined
  for (const [name, route] of Object.entries<Route>(ROUTES) as [RouteName, Route][]) {
    server.route({
      method: route.method,
      url: route.path,
      ...(route.largestBodyBytes !== undefined && { bodyLimit: route.largestBodyBytes }),
      config: route.role === 'public' ? { rateLimit: { max: LOGINS_A_MINUTE, timeWindow: '1 minute' } } : {},
      async handler(request, reply) {
        const api = options.api()
        if (!api) return reply.code(503).send(NOT_YET)
        made ??= options.handlers(api)
        const caller = await callerOf(api, options.internalKey, route, request)
        const asked = { ...received(route, request), caller }
        const handle = made[name] as (asked: unknown) => Promise<unknown>
        const answer = route.response.parse(
          await recorded(api.db, auditEntry(caller, name, asked), () => handle(asked)),
        )
        return reply.code(route.status ?? 200).send(answer)
      },
    })
  }
}

const NOT_YET = {
  code: 'DATABASE_UNAVAILABLE',
  message: 'Failed to answer: the database was not reached yet. Try again in a moment.',
}

async function callerOf(
  api: Api,
  internalKey: string | undefined,
  route: Route,
  request: FastifyRequest,
): Promise<Caller | undefined> {
  if (route.role === 'public') return undefined
  const { authorization, 'x-internal-auth': internal } = request.headers
  const { tenant_id: named } = request.query as { readonly tenant_id?: unknown }
  const tenantId = named === undefined ? undefined : parse(idText, named, 'tenant_id')
  const internalAuth = internal === undefined ? undefined : String(internal)
  return authenticate(api, internalKey, route, { authorization, internalAuth, tenantId })
}

const NOTHING = z.strictObject({})

function received(route: Route, request: FastifyRequest) {
  const { tenant_id: _, ...query } = request.query as { readonly [name: string]: unknown }
  return {
    params: parse(route.params ?? NOTHING, request.params, 'path'),
    query: parse(route.query ?? NOTHING, query, 'query'),
    body: parse(route.body ?? z.undefined(), request.body ?? undefined, 'body'),
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const unstorable = whyUnstorable(value)
  if (unstorable) throw refuse([{ path: where, message: unstorable }])
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw refuse(parsed.error.issues.map(({ path, message }) => ({ path: [where, ...path].join('.'), message })))
}

function refuse(issues: readonly { readonly path: string; readonly message: string }[]): Refusal {
  const reasons = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  const message = `Failed to read the request: ${reasons}. Correct it and try again.`
  return new Refusal('BAD_REQUEST', message, { issues: [...issues] })
}
