import type { z } from 'zod'

/** What people of a tenant may do, each including the one before: look, operate what runs, decide about accounts and people. */
export const USER_ROLES = ['user', 'operator', 'admin'] as const
export type UserRole = (typeof USER_ROLES)[number]

/** Who may call a route at least: nobody in particular, people of a tenant, or services that hold the internal key. */
export type RouteRole = 'public' | UserRole | 'internal'

/** One endpoint: what it takes and what it gives. Client, server and OpenAPI document are all made from it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With parameters as `:name`. */
  readonly path: string
  readonly summary: string
  /** Under which heading the document lists it. */
  readonly tag: string
  readonly role: RouteRole
  readonly params?: z.ZodObject
  /** Besides `tenant_id`, which every route takes: services must name the tenant, people may. */
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** @default 65_536 */
  readonly largestBodyBytes?: number
  /** @default 200 */
  readonly status?: 200 | 201 | 202
  readonly response: z.ZodType
}

/** Keeps each route's own types. */
export function defineRoutes<const Table extends { readonly [name: string]: Route }>(table: Table): Table {
  return table
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
type Sent<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined

/** What a handler is given, validated. */
export interface Received<R extends Route> {
  readonly params: Parsed<R['params']>
  readonly query: Parsed<R['query']>
  readonly body: Parsed<R['body']>
}

/** What a client sends. */
export interface Request<R extends Route> {
  readonly params: Sent<R['params']>
  readonly query?: Sent<R['query']>
  readonly body: Sent<R['body']>
}

/** What comes back. */
export type ResponseOf<R extends Route> = z.output<R['response']>
