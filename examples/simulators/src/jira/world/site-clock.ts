/** The site's own time: the `Date` header, `updated` of edits, and what relative JQL dates count from. */
export interface SiteClock {
  readonly now: () => number
  /** Moves the site's time forward without waiting. */
  readonly advance: (ms: number) => void
}

/** A frozen clock moves only when told to; a running one also with the time that really passes. */
export const createSiteClock = (start: number, runs: boolean, realNow: () => number = Date.now): SiteClock => {
  const origin = realNow()
  let advanced = 0
  return {
    now: () => start + advanced + (runs ? realNow() - origin : 0),
    advance: (ms) => {
      advanced += ms
    },
  }
}
