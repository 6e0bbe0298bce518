import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { ProviderBudget } from './provider-budget.ts'

/** One request as it goes out, for counters and traces. Holds no secret: the query is left out. */
export interface RequestFacts {
  readonly method: string
  readonly host: string
  readonly path: string
  /** 1 for the first try. */
  readonly attempt: number
}

export interface ResponseFacts extends RequestFacts {
  readonly status: number
  /** Size of the decoded body. */
  readonly bytes: number
  readonly durationMs: number
}

export interface FetchOptions {
  /** What sends requests. @default the global `fetch` */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** @default the machine's */
  readonly clock?: Clock
  /** @default the machine's */
  readonly random?: Random
  /** @default silent */
  readonly log?: Logger
  /** @default silent */
  readonly telemetry?: Telemetry
  /** Aborts every request and every wait. */
  readonly signal?: AbortSignal
  /** @default 'millrace' */
  readonly userAgent?: string
  /** For one try, from sending it to the last byte of its answer. @default 60_000 */
  readonly timeoutMs?: number
  /** Tries after the first one. @default 4 */
  readonly retries?: number
  /** Waits longer than this are not held but thrown as RATE_LIMITED, for the row to wait instead. @default 15_000 */
  readonly maxHeldWaitMs?: number
  /** Answers larger than this are refused. @default 256 MiB */
  readonly maxBodyBytes?: number
  /** Shared by everything that talks to the same account. @default one of its own, with 8 requests at once */
  readonly budget?: ProviderBudget
  /**
   * Whether hosts of private networks may be asked. A host that lets its users enter base URLs should say false.
   * Consequence of false: names are resolved before each request, and refused when any address is private. A proxy that
   * only lets public addresses through is the stronger guard, since names may change between the check and the request.
   * @default true
   */
  readonly allowPrivateNetworks?: boolean
  /** Resolves host names for `allowPrivateNetworks: false`. @default the machine's resolver */
  readonly resolveHost?: (host: string) => Promise<readonly string[]>
  readonly onRequest?: (facts: RequestFacts) => void
  readonly onResponse?: (facts: ResponseFacts) => void
  /** The provider asked everybody to wait until then; for hosts that share budgets between processes. */
  readonly onBlocked?: (until: Date) => void
}

export interface PolicedInit extends RequestInit {
  /**
   * Statuses that are returned at once though the policy would retry or refuse them: a 502 that a smaller page cures, the
   * 401 of an optional API. @default none
   */
  readonly returnStatuses?: readonly number[]
  /**
   * Whether the caller keeps account of what the provider still answers, as whoever has several credentials must: when one is
   * used up, the others go on. What the answer says of it then blocks nobody. @default false
   */
  readonly ownQuota?: boolean
}

/**
 * `fetch` with the policy of Millrace; it is meant for reading, and repeats requests of every method.
 *
 * - Retries with jitter: network errors, timeouts, answers cut short, 408, 425, 429, 403 of a rate limit, and 5xx but 501
 *   and 505. Waits as long as the provider asks, for all requests of the budget.
 * - The whole body is received before the promise resolves, so that reading it cannot fail: `bytesOf(response)` is free.
 *   A body that is a stream cannot be sent twice and is therefore not retried.
 * - Other statuses are returned. Redirects are followed, five at most.
 * - Aborting rejects with the signal's reason, at once, also while waiting.
 *
 * @throws HTTP_UNAVAILABLE, HTTP_TIMEOUT after the last try; RATE_LIMITED with `retryAt` when the provider asks to wait for
 *   longer than `maxHeldWaitMs`, or still refuses after the last try; UNAUTHORIZED on 401; FORBIDDEN_URL;
 *   INVALID_BODY when the answer is too large; INVALID_CONFIG when a header's value is not allowed in HTTP
 */
export interface PolicedFetch {
  (url: string | URL, init?: PolicedInit): Promise<Response>
  /** How far the provider's clock is ahead of ours in milliseconds, by its latest answer; 0 while unknown. */
  skewMs(): number
  /** Whether an answer told it. */
  knowsSkew(): boolean
}
