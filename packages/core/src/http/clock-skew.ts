import type { Logger } from '../ports/logger.ts'

const REPORT_ABOVE_MS = 60_000
/** `Date` has whole seconds, cut off: on average half a second is missing. */
const CUT_OFF_MS = 500

/**
 * Learns from `Date` headers how far a provider's clock is ahead of ours. An answer that was long on its way makes it look
 * further behind than it is, never ahead: a window that ends too early is read again, one that ends in the future hides
 * what changes until then.
 */
export interface ClockSkew {
  observe(headers: Headers, receivedAtMs: number): void
  /** Milliseconds to add to our time to get the provider's; 0 while unknown. */
  skewMs(): number
  /** Whether an answer told it. */
  isKnown(): boolean
}

/** Reports a skew above a minute once: such a clock shifts windows and token lifetimes. */
export function clockSkew(log: Logger): ClockSkew {
  let skew = 0
  let known = false
  let reported = false
  return {
    observe(headers, receivedAtMs) {
      const date = Date.parse(headers.get('date') ?? '')
      // An answer from a cache carries the date of when it was made.
      if (Number.isNaN(date) || headers.has('age')) return
      known = true
      skew = Math.round(date + CUT_OFF_MS - receivedAtMs)
      if (reported || Math.abs(skew) < REPORT_ABOVE_MS) return
      reported = true
      log.warn(
        { skewMs: skew },
        'The clocks of the provider and of this machine differ. Synchronize this one with NTP.',
      )
    },
    skewMs: () => skew,
    isKnown: () => known,
  }
}
