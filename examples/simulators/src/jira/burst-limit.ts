import { performance } from 'node:perf_hooks'

/** Jira's burst limit: per endpoint and method, a bucket that holds one second's worth of requests. */
export interface BurstLimit {
  /** Takes one request, or answers how many seconds to wait for the next one. */
  readonly take: (endpoint: string) => { readonly admitted: boolean; readonly retryAfterSeconds: number }
}

/** Without a limit everything is admitted. `now` is in milliseconds and must not go backward. */
export const createBurstLimit = (
  perSecond: number | undefined,
  now: () => number = () => performance.now(),
): BurstLimit => {
  if (perSecond === undefined) return { take: () => ({ admitted: true, retryAfterSeconds: 0 }) }
  const capacity = Math.max(1, perSecond)
  const buckets = new Map<string, { level: number; at: number }>()
  return {
    take: (endpoint) => {
      const time = now()
      const { level, at } = buckets.get(endpoint) ?? { level: capacity, at: time }
      const filled = Math.min(capacity, level + ((time - at) / 1000) * perSecond)
      const admitted = filled >= 1
      buckets.set(endpoint, { level: admitted ? filled - 1 : filled, at: time })
      return { admitted, retryAfterSeconds: admitted ? 0 : Math.ceil((1 - filled) / perSecond) }
    },
  }
}
