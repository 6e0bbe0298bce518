import { z } from 'zod'

const times = {
  /** How many matching requests it hits. @default 1 */
  times: z.int().min(1).default(1),
  /** How many matching requests pass before it hits. @default 0 */
  skip: z.int().min(0).default(0),
  /** Only operations of this name. @default every request */
  operation: z.string().optional(),
}

const fault = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...times, ...shape })

/** Something that goes wrong with a request, and which requests it goes wrong with. */
export const githubFaultSchema = z.discriminatedUnion('kind', [
  /** 200 with an error: the primary limit, in both spellings that are seen. */
  fault('rate-limit', {
    type: z.enum(['RATE_LIMITED', 'RATE_LIMIT']).default('RATE_LIMITED'),
    resetAfterSeconds: z.number().min(0).default(1),
  }),
  /** The secondary limit: 403 with or without Retry-After, or 200 with an error. */
  fault('secondary-limit', {
    status: z.union([z.literal(403), z.literal(200)]).default(403),
    retryAfterSeconds: z.number().min(0).optional(),
  }),
  fault('status', {
    status: z.union([500, 502, 503, 504, 401, 403, 404].map((status) => z.literal(status))),
  }),
  /** The answer took longer than ten seconds: 502, and points are taken off. */
  fault('timeout', {}),
  /** 200 with part of the data, and an error for each field that is missing. */
  fault('resource-limits', {}),
  /** 200 with the error that GitHub gives for its own. */
  fault('something-wrong', {}),
  /** Installation tokens that were given out are refused from now on. */
  fault('expire-tokens', {}),
  /** The cursor of the request comes back as the end of its page. */
  fault('repeated-cursor', {}),
  /** A cursor is refused. */
  fault('invalid-cursor', {}),
  /** The body trickles in over this many milliseconds. */
  fault('slow-body', { ms: z.number().min(0) }),
  /** The connection is destroyed after half of the announced length. */
  fault('cut-body', {}),
  /** 200 with an HTML page. */
  fault('not-json', {}),
  /** The pull request at this position of the page has no `id`. */
  fault('missing-id', { position: z.int().min(0).default(0) }),
  /** The answer takes this much longer, milliseconds. */
  fault('latency', { ms: z.number().min(0) }),
])

export type GithubFaultInput = z.input<typeof githubFaultSchema>
export type GithubFault = z.output<typeof githubFaultSchema>

/** The faults still to come. Each request consumes at most one hit of each fault that matches it. */
export interface GithubFaults {
  readonly add: (...faults: readonly GithubFaultInput[]) => void
  readonly clear: () => void
  readonly pending: () => readonly GithubFault[]
  readonly strike: (request: { readonly operation: string; readonly carriesCursor: boolean }) => readonly GithubFault[]
}

const NEEDS_CURSOR: readonly GithubFault['kind'][] = ['repeated-cursor', 'invalid-cursor']

export const createGithubFaults = (initial: readonly GithubFault[]): GithubFaults => {
  let armed: { readonly fault: GithubFault; skip: number; times: number }[] = []
  const arm = (fault: GithubFault): void => {
    armed.push({ fault, skip: fault.skip, times: fault.times })
  }
  for (const fault of initial) arm(fault)
  return {
    add: (...faults) => {
      for (const fault of faults) arm(githubFaultSchema.parse(fault))
    },
    clear: () => {
      armed = []
    },
    pending: () => armed.map(({ fault, skip, times }) => ({ ...fault, skip, times })),
    strike: ({ operation, carriesCursor }) => {
      const hits: GithubFault[] = []
      for (const each of armed) {
        if (each.fault.operation !== undefined && each.fault.operation !== operation) continue
        if (NEEDS_CURSOR.includes(each.fault.kind) && !carriesCursor) continue
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
