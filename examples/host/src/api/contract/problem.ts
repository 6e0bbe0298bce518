import { z } from 'zod'

/** What everything answers that was refused or failed. */
export const problem = z.object({
  /** From the table of errors, or one of the codes of this interface. */
  code: z.string(),
  /** A sentence for people: what failed, why, and what to do. */
  message: z.string(),
  /** What is wrong with the request, field by field. */
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** What depends on a thing that is to be deleted. */
  dependants: z.array(z.object({ type: z.string(), id: z.string(), name: z.string() })).optional(),
})
export type Problem = z.output<typeof problem>

/** Codes of this interface besides the ones of the table of errors, with their status. */
export const PROBLEM_STATUS = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  WRONG_ROLE: 403,
  UNKNOWN_ROUTE: 404,
  CONFLICT: 409,
  IN_USE: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  IDENTITY_UNAVAILABLE: 503,
} as const
export type ProblemCode = keyof typeof PROBLEM_STATUS
