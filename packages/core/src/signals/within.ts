import type { Clock } from '../ports/clock.ts'

/** Waits for something, but no longer than this. */
export async function within(clock: Clock, limitMs: number, wait: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const late = clock.sleep(limitMs, timer.signal).catch(() => undefined)
  try {
    await Promise.race([wait, late])
  } finally {
    timer.abort()
  }
}
