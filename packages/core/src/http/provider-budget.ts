import pLimit from 'p-limit'

/** What all requests of one process to one account at a provider share; pass the same one to each `createFetch`. */
export interface ProviderBudget {
  /** Runs a task when one of the places is free. */
  run<T>(task: () => Promise<T>): Promise<T>
  /** Nobody sends a request before this time (milliseconds since the epoch). Only ever grows. */
  block(untilMs: number): void
  /** Milliseconds since the epoch; 0 when nothing was ever blocked. */
  blockedUntil(): number
}

/** Requests at once per account by default; Atlassian advises 5 to 10. */
const DEFAULT_CONCURRENCY = 8

export function createProviderBudget(options: { readonly concurrency?: number } = {}): ProviderBudget {
  const limit = pLimit(options.concurrency ?? DEFAULT_CONCURRENCY)
  let blockedUntil = 0
  return {
    run: (task) => limit(task),
    block: (untilMs) => {
      blockedUntil = Math.max(blockedUntil, untilMs)
    },
    blockedUntil: () => blockedUntil,
  }
}
