import { isMillraceError } from '../errors/millrace-error.ts'
import type { Clock } from '../ports/clock.ts'

/**
 * Does something again whenever the provider asks to wait, at the time that it names. For work that nobody waits for, such as
 * building a model: the embed stage puts its rows off instead.
 */
export async function waitForProvider<T>(
  work: () => Promise<T>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isMillraceError(error) || error.code !== 'RATE_LIMITED' || !error.retryAt) throw error
      signal.throwIfAborted()
      await clock.sleep(Math.max(LEAST_WAIT_MS, error.retryAt.getTime() - clock.now()), signal)
    }
  }
}

/** Clocks differ: a time that is past here may be still to come there. */
const LEAST_WAIT_MS = 100
