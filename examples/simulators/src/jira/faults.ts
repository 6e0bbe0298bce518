import { z } from 'zod'

const times = {
  /** How many matching requests it hits. @default 1 */
  times: z.int().min(1).default(1),
  /** How many matching requests pass before it hits. @default 0 */
  skip: z.int().min(0).default(0),
  /** Only requests of this method. */
  method: z.enum(['GET', 'POST']).optional(),
  /** Only paths that match; `*` stands for anything. @default every path of the API */
  path: z.string().default('/rest/*'),
}

const fault = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...times, ...shape })

/** Something that goes wrong with a request, and which requests it goes wrong with. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** 429 from Jira: Retry-After, X-RateLimit-* and RateLimit-Reason. */
  fault('rate-limit', {
    retryAfterSeconds: z.number().min(0).default(1),
    reason: z.string().default('jira-burst-based'),
  }),
  /** 429 from the gateway: no Retry-After, only X-Failure-Category. */
  fault('gateway-rate-limit', {}),
  /** A server error, as HTML for 502 and 504, as Jira's JSON otherwise. */
  fault('status', {
    status: z.union([
      z.literal(500),
      z.literal(502),
      z.literal(503),
      z.literal(504),
      z.literal(401),
      z.literal(403),
      z.literal(404),
    ]),
    retryAfterSeconds: z.number().min(0).optional(),
  }),
  /** Pages hold at most this many results, however many were asked for. */
  fault('short-page', { size: z.int().min(1) }),
  /** The answer repeats the token of the request. Hits only requests that carry one. */
  fault('repeated-token', {}),
  /** 400, as for a token older than seven days. Hits only requests that carry one. */
  fault('expired-token', {}),
  /** The body trickles in over this many milliseconds. */
  fault('slow-body', { ms: z.number().min(0) }),
  /** The connection is destroyed after half of the announced length. */
  fault('cut-body', {}),
  /** 200 with an HTML page. */
  fault('not-json', {}),
  /** The request is treated as one with bad Basic credentials: 200 and empty lists. */
  fault('empty-lists', {}),
  /**
   * Changelogs hold only this many of their newest histories; totals, where there are any, stay true, or count only what
   * is there, as Atlassian describes them.
   */
  fault('truncated-changelog', { keep: z.int().min(0), hidesTotal: z.boolean().default(false) }),
  /** The answer says that it is not the last page, and has no token. Hits only pages that are not the last. */
  fault('missing-token', {}),
  /** Lists that page by position say that they hold so many more than they do: their last page is empty and not the last. */
  fault('wrong-total', { more: z.int().min(1).default(1) }),
  /** Development panels: 200, an error of the code host's, and nothing in it. */
  fault('panel-errors', {}),
  /** The issue at this position of the answer comes without `fields`. */
  fault('missing-fields', { position: z.int().min(0).default(0) }),
  /** The answer takes this much longer, milliseconds. */
  fault('latency', { ms: z.number().min(0) }),
])

export type FaultInput = z.input<typeof faultSchema>
export type Fault = z.output<typeof faultSchema>

/** What a request looks like to a fault. */
export interface Faultable {
  readonly method: string
  readonly path: string
  readonly carriesToken: boolean
}

/** The faults still to come. Each request consumes at most one hit of each fault that matches it. */
export interface Faults {
  readonly add: (...faults: readonly FaultInput[]) => void
  readonly clear: () => void
  /** Faults that have hits left, with the counts that are left. */
  readonly pending: () => readonly Fault[]
  /** The faults that hit this request. */
  readonly strike: (request: Faultable) => readonly Fault[]
}

const NEEDS_TOKEN: readonly Fault['kind'][] = ['repeated-token', 'expired-token']

export const createFaults = (initial: readonly Fault[]): Faults => {
  let armed: { readonly fault: Fault; readonly path: RegExp; skip: number; times: number }[] = []
  const arm = (fault: Fault): void => {
    armed.push({ fault, path: pattern(fault.path), skip: fault.skip, times: fault.times })
  }
  for (const fault of initial) arm(fault)
  return {
    add: (...faults) => {
      for (const fault of faults) arm(faultSchema.parse(fault))
    },
    clear: () => {
      armed = []
    },
    pending: () => armed.map(({ fault, skip, times }) => ({ ...fault, skip, times })),
    strike: ({ method, path, carriesToken }) => {
      if (armed.length === 0) return []
      const hits: Fault[] = []
      for (const each of armed) {
        const fits = (each.fault.method ?? method) === method && each.path.test(path)
        if (!fits || (NEEDS_TOKEN.includes(each.fault.kind) && !carriesToken)) continue
        if (each.skip > 0) {
          each.skip -= 1
          continue
        }
        each.times -= 1
        hits.push(each.fault)
      }
      armed = armed.filter((each) => each.times > 0)
      return hits
    },
  }
}

const pattern = (path: string): RegExp =>
  new RegExp(
    `^${path
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
