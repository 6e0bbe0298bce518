import type { Quota } from '../ports/budget.ts'
import { delayUntil, LONGEST_HINT_MS, rateLimitItems } from './retry-hint.ts'

export interface NamedQuota extends Quota {
  /** Which of the account's quotas; '' where the provider has one only. */
  readonly resource: string
}

/**
 * What an answer says about the answers that are left, or undefined when it does not say: `X-RateLimit-Remaining` with
 * `X-RateLimit-Reset`, or `RateLimit` items with `r` and `t` (see `retryHintMs`). Where several limits hold at once, the
 * scarcest.
 */
export function quotaHint(headers: Headers, nowMs: number): NamedQuota | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  const providerNowMs = Number.isNaN(date) ? nowMs : date
  const remaining = Number.parseInt(headers.get('x-ratelimit-remaining') ?? '', 10)
  const resetMs = delayUntil(headers.get('x-ratelimit-reset'), providerNowMs)
  const plain = Number.isNaN(remaining) || resetMs === undefined ? [] : [{ remaining, resetMs }]
  const structured = rateLimitItems(headers, 'ratelimit').flatMap(({ parameters }) => {
    const [left, seconds] = [parameters.get('r'), parameters.get('t')]
    return left === undefined || seconds === undefined ? [] : [{ remaining: left, resetMs: seconds * 1000 }]
  })
  const [scarcest] = [...plain, ...structured]
    .filter((quota) => quota.resetMs > 0 && quota.resetMs <= LONGEST_HINT_MS)
    .toSorted((left, right) => left.remaining - right.remaining)
  return (
    scarcest && {
      resource: headers.get('x-ratelimit-resource') ?? '',
      remaining: Math.max(0, scarcest.remaining),
      resetsAt: new Date(nowMs + scarcest.resetMs),
    }
  )
}
