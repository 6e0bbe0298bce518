import type { Clock } from '@millrace/core'

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** A simulated site, whose time moves only when it is told to. */
export interface TimedSite {
  readonly now: () => number
  readonly advance: (ms: number) => void
}

export interface PassingTime {
  readonly clock: Clock
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** Time passes while this is done, and stands still otherwise. */
  during<Result>(work: () => Promise<Result>): Promise<Result>
}

/**
 * The site's time passes when everybody waits and no request is under way, and then at once: what is measured is waiting, and
 * nothing else.
 */
export function passingTime(site: TimedSite): PassingTime {
  const sleepers = new Set<Sleeper>()
  let passes = false
  let looking = false
  /** Grows with everything that anybody does. */
  let moves = 0
  let underWay = 0
  const passIfIdle = async (): Promise<void> => {
    if (looking) return
    looking = true
    // Whoever was just answered may ask again.
    for (let seen = -1; seen !== moves; ) {
      seen = moves
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    looking = false
    const [next] = [...sleepers].toSorted((left, right) => left.until - right.until)
    if (!passes || underWay > 0 || !next) return
    site.advance(Math.max(0, next.until - site.now()))
    sleepers.delete(next)
    next.wake()
    void passIfIdle()
  }
  const clock: Clock = {
    now: site.now,
    monotonic: site.now,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        moves += 1
        const sleeper = { until: site.now() + delayMs, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        })
        void passIfIdle()
      }),
  }
  const fetch: PassingTime['fetch'] = async (url, init) => {
    underWay += 1
    moves += 1
    try {
      const response = await globalThis.fetch(url, init)
      return new Response(await response.arrayBuffer(), response)
    } finally {
      underWay -= 1
      moves += 1
      void passIfIdle()
    }
  }
  return {
    clock,
    fetch,
    async during(work) {
      passes = true
      void passIfIdle()
      try {
        return await work()
      } finally {
        passes = false
      }
    },
  }
}
