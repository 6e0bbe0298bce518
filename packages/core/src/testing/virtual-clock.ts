import type { Clock } from '../ports/clock.ts'
import { nextTurn } from '../system/next-turn.ts'

/** A clock whose time moves only when it is told to. Sleeps due at the same time end in the order they began. */
export interface VirtualClock extends Clock {
  /** Times at which pending sleeps end, earliest first. */
  readonly pending: readonly number[]
  /**
   * Moves time forward, ending one due sleep after the other; what each of them sets off runs before the next one ends,
   * and may sleep again within the same advance.
   */
  advance(ms: number): Promise<void>
  /** Moves to the end of the next sleep and ends it. Resolves to false when nothing sleeps. */
  advanceToNext(): Promise<boolean>
  /** Moves time from sleep to sleep until the promise settles, and settles like it. */
  run<T>(promise: Promise<T>): Promise<T>
}

interface Sleeper {
  readonly due: number
  wake(): void
}

/** Makes a virtual clock. Default start: 2025-01-01T00:00:00Z. */
export function virtualClock(startAt: number | Date = Date.UTC(2025, 0, 1)): VirtualClock {
  const start = Number(startAt)
  const sleepers = new Set<Sleeper>()
  let now = start

  const nextSleeper = (): Sleeper | undefined => {
    let next: Sleeper | undefined
    for (const sleeper of sleepers) if (next === undefined || sleeper.due < next.due) next = sleeper
    return next
  }
  const wakeNext = async (until: number): Promise<boolean> => {
    await nextTurn()
    const next = nextSleeper()
    if (next === undefined || next.due > until) return false
    now = Math.max(now, next.due)
    next.wake()
    await nextTurn()
    return true
  }

  return {
    now: () => now,
    monotonic: () => now - start,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const leave = (): void => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', onAbort)
        }
        const onAbort = (): void => {
          leave()
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          due: now + Math.max(0, delayMs),
          wake: () => {
            leave()
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    get pending() {
      return [...sleepers].map((sleeper) => sleeper.due).sort((left, right) => left - right)
    },
    async advance(ms) {
      const until = now + ms
      while (await wakeNext(until));
      now = Math.max(now, until)
    },
    advanceToNext: () => wakeNext(Number.POSITIVE_INFINITY),
    async run(promise) {
      let settled = false
      const settle = (): void => {
        settled = true
      }
      promise.then(settle, settle)
      while (!settled) {
        await nextTurn()
        if (!settled) await wakeNext(Number.POSITIVE_INFINITY)
      }
      return promise
    },
  }
}
