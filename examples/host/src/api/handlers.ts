import type { z } from 'zod'
import type { Caller } from './api.ts'
import type { Received, Route } from './contract/route.ts'
import type { RouteName, Routes } from './contract/routes.ts'

/** A request that was validated and may be served. */
export type Asked<R extends Route> = Received<R> & {
  readonly caller: R['role'] extends 'public' ? undefined : Caller
}

export type Handler<R extends Route> = (asked: Asked<R>) => Promise<z.input<R['response']>>

/** What serves each route, by its name. */
export type Handlers = { readonly [Name in RouteName]: Handler<Routes[Name]> }
