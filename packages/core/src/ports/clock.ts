/**
 * Time and timers, as core sees them. Nothing in core reads the system's time or sets a timer by another road, so that a
 * test or a simulation can decide what time it is.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds that only ever grow; for durations. */
  monotonic(): number
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}
