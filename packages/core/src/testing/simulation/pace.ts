/** How long things take in a simulated world, in virtual time. Idle time costs polls, which cost a slow store dearly. */
export interface Pace {
  /** Each step takes up to so long. */
  readonly stepMs: number
  readonly leaseMs: number
  readonly staleAfterMs: number
  /** Until a process that died is started again, at most. */
  readonly restartMs: number
  readonly requestTimeoutMs: number
  /** What the provider may ask to wait. */
  readonly retryAfterSeconds: readonly number[]
  /** Tries of a row; each doubles the pause. */
  readonly maxAttempts: readonly number[]
  /** A run without faults that takes more steps than this has stuck; or more than an hour. */
  readonly longestRun: number
}

export const PACES: { readonly [size in 'small' | 'normal']: Pace } = {
  normal: {
    stepMs: 20,
    leaseMs: 30_000,
    staleAfterMs: 20_000,
    restartMs: 15_000,
    requestTimeoutMs: 8_000,
    retryAfterSeconds: [0, 1, 5, 30, 120],
    maxAttempts: [3, 5, 5, 8],
    longestRun: 40_000,
  },
  small: {
    stepMs: 1,
    leaseMs: 8_000,
    staleAfterMs: 6_000,
    restartMs: 3_000,
    requestTimeoutMs: 3_000,
    retryAfterSeconds: [0, 1, 4],
    maxAttempts: [3, 4],
    longestRun: 12_000,
  },
}
