import type { z } from 'zod'
import { isDatabasesFault } from '../errors/is-databases-fault.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import { whereThrown } from '../errors/where-thrown.ts'
import type { Clock } from '../ports/clock.ts'
import type { FailureRecord, Lease, RowOutcome } from '../ports/ledger.ts'
import type { Random } from '../ports/random.ts'
import type { EngineLimits } from './engine.ts'

const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 300_000

/**
 * What becomes of a row whose work threw: tried again later, or dead. Waiting for a rate limit costs no attempt, and is
 * bounded, each wait as well as all of them together while nothing moves on: a run that waits for days tells nobody why, one
 * that failed says it and is tried again by schedule.
 */
export function outcomeOf(
  error: MillraceError,
  row: Pick<Lease, 'attempts' | 'maxAttempts' | 'waitedMs'>,
  { clock, random, limits }: { readonly clock: Clock; readonly random: Random; readonly limits: WaitLimit },
): RowOutcome {
  const failure = failureRecord(error)
  if (error.code === 'RATE_LIMITED' && error.retryAt) {
    const delayMs = Math.max(0, error.retryAt.getTime() - clock.now())
    const reason = whyNotWait(delayMs, row.waitedMs, limits)
    if (reason !== undefined) return { to: 'dead', failure: { ...failure, message: `${failure.message} ${reason}` } }
    return { to: 'pending', delayMs, refund: true, failure }
  }
  // What the database's own trouble interrupts is not the row's fault, however often it happens.
  if (isDatabasesFault(error)) {
    const delayMs = error.code === 'DATABASE_CONFLICT' ? Math.round(FIRST_DELAY_MS * (0.5 + random.next() / 2)) : 0
    return { to: 'pending', delayMs, refund: true, failure }
  }
  if (!error.retryable || row.attempts >= row.maxAttempts) return { to: 'dead', failure }
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (row.attempts - 1))
  return { to: 'pending', delayMs: Math.round(ceiling * (0.5 + random.next() / 2)), refund: false, failure }
}

type WaitLimit = Pick<EngineLimits, 'maxWaitMs' | 'maxWaitsMs'>

/** Undefined: the wait is one that is waited. */
function whyNotWait(delayMs: number, waitedMs: number, { maxWaitMs, maxWaitsMs }: WaitLimit): string | undefined {
  const hours = (ms: number): number => Math.round(ms / 360_000) / 10
  const asked = `The provider asks to wait ${hours(delayMs)} h`
  if (delayMs > maxWaitMs) {
    return `${asked}, and no more than ${hours(maxWaitMs)} h are waited. Raise maxWaitMs, or run the job later.`
  }
  if (waitedMs + delayMs > maxWaitsMs) {
    return `${asked} after ${hours(waitedMs)} h without progress, and no more than ${hours(maxWaitsMs)} h are waited in total. Raise maxWaitsMs, or run the job later.`
  }
  return undefined
}

export function failureRecord(error: MillraceError): FailureRecord {
  const context = Object.entries(error.context).flatMap(([key, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[key, value] as const] : [],
  )
  return {
    code: error.code,
    message: error.message,
    transient: error.retryable,
    context: Object.fromEntries(context),
  }
}

/** Wraps what is not a MillraceError. Work that talks to others is worth another try; a pure function is not. */
export function asMillraceError(error: unknown, doing: string, retryable: boolean): MillraceError {
  if (isMillraceError(error)) return error
  return new MillraceError('INTERNAL', { message: `Failed to ${doing}: ${reasonOf(error)}.`, retryable, cause: error })
}

/** What an error of somebody else's says, and where a mistake in code was made. */
export function reasonOf(error: unknown): string {
  return `${error instanceof Error ? error.message : String(error)}${whereThrown(error)}`
}

/** Names each mistake by its path, without showing values: they may be secrets. */
export function describeIssues(
  error: z.ZodError,
  placed: (path: readonly PropertyKey[]) => readonly PropertyKey[] = (path) => path,
): string {
  const issues = error.issues.flatMap((issue) => mistakesOf(issue, issue.path))
  const shown = issues.slice(0, 5).map(({ path, message }) => `${placed(path).join('.') || 'value'}: ${message}`)
  const more = issues.length - shown.length
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ')
}

interface Mistake {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** What fits no alternative of a union is told by the one that it fits furthest: the others are about something else. */
function mistakesOf(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): readonly Mistake[] {
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }]
  const alternatives = issue.errors.map((inner) => inner.flatMap((each) => mistakesOf(each, [...path, ...each.path])))
  const reach = (mistakes: readonly Mistake[]): number => Math.max(0, ...mistakes.map((mistake) => mistake.path.length))
  const [nearest] = alternatives.toSorted((left, right) => reach(right) - reach(left))
  return nearest && reach(nearest) > path.length ? nearest : [{ path, message: issue.message }]
}
