import type { z } from 'zod'
import { type Answer, INVALID_PAYLOAD, refusal } from '../answer.ts'
import type { Site } from '../site.ts'

/** How faults bend the content of an answer. */
export interface Bend {
  readonly pageSize: number | undefined
  readonly repeatToken: boolean
  /** A page that is not the last comes without its token. */
  readonly dropToken: boolean
  /** How much too large totals are. */
  readonly more: number
  readonly historyLimit: number
  /** Totals of embedded changelogs count only what is there. */
  readonly hidesTotal: boolean
  /** Position of the issue that is printed without fields. */
  readonly withoutFieldsAt: number | undefined
}

export interface Call<Query, Body> {
  readonly site: Site
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  readonly bend: Bend
  /** The whole address that was asked for, as the client reached it: what `nextPage` links are made from. */
  readonly url: string
}

/** Who asks: the user of the site, or nobody in particular. */
export type Caller = 'user' | 'anonymous'

/** A request before it is understood. */
export interface RawCall extends Omit<Call<unknown, unknown>, 'query' | 'body'> {
  readonly caller: Caller
  readonly query: unknown
  readonly body: unknown
}

/** An endpoint of the site. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** Fastify's pattern, parameters as `:name`. */
  readonly path: string
  readonly answer: (call: RawCall) => Answer
}

/**
 * Defines an endpoint: what it accepts, what it tells nobody in particular, what it answers the user.
 * `anonymous` is what Jira answers when nobody is logged in, which for most lists is an empty list and 200.
 */
export const route = <Q extends z.ZodType, B extends z.ZodType = z.ZodUndefined>(definition: {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query: Q
  readonly body?: B
  readonly anonymous: Answer
  readonly handle: (call: Call<z.output<Q>, z.output<B>>) => Answer
}): Route => ({
  method: definition.method,
  path: definition.path,
  answer: (call) => {
    const query = definition.query.safeParse(call.query)
    if (!query.success)
      return refusal(400, `The value of parameter '${query.error.issues[0]?.path.join('.') ?? ''}' is invalid.`)
    const body = definition.body?.safeParse(call.body)
    if (body?.success === false) return INVALID_PAYLOAD
    if (call.caller === 'anonymous') return definition.anonymous
    return definition.handle({ ...call, query: query.data, body: body?.data as z.output<B> })
  },
})

/** A page of a list by offset, the way most of Jira's older endpoints page. */
export const offsetPage = <T>(
  values: readonly T[],
  { startAt, maxResults }: { readonly startAt: number; readonly maxResults: number },
  { url: asked, bend }: Pick<Call<unknown, unknown>, 'url' | 'bend'>,
): {
  readonly self: string
  readonly nextPage?: string
  readonly maxResults: number
  readonly startAt: number
  readonly total: number
  readonly isLast: boolean
  readonly values: readonly T[]
} => {
  const size = Math.min(maxResults, bend.pageSize ?? maxResults)
  const page = values.slice(startAt, startAt + size)
  const total = values.length + bend.more
  const isLast = startAt + page.length >= total
  const link = (start: number): string => {
    const url = new URL(asked)
    url.searchParams.set('startAt', String(start))
    url.searchParams.set('maxResults', String(maxResults))
    return url.href
  }
  return {
    self: link(startAt),
    ...(!isLast && { nextPage: link(startAt + page.length) }),
    maxResults,
    startAt,
    total,
    isLast,
    values: page,
  }
}
