/** The hourly quota of apps, in points. Tokens of people are not counted. https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
export interface PointsQuota {
  /** Whether anything is left; if not, in how many seconds it is. */
  readonly look: () => { readonly left: number; readonly resetSeconds: number }
  readonly spend: (points: number) => void
  /** What answers tell: the quota always, what is left of it once most is gone. */
  readonly headers: () => Readonly<Record<string, string>>
}

export interface PointsOptions {
  readonly quota: number
  readonly windowMs: number
}

const NAME = '"global-app-quota"'
const TOLD_BELOW = 0.2

/** @param now the site's time in epoch milliseconds */
export const createPoints = ({ quota, windowMs }: PointsOptions, now: () => number): PointsQuota => {
  let window = Number.NaN
  let spent = 0
  const look = () => {
    const current = Math.floor(now() / windowMs)
    if (current !== window) spent = 0
    window = current
    return { left: Math.max(0, quota - spent), resetSeconds: Math.ceil(((current + 1) * windowMs - now()) / 1000) }
  }
  return {
    look,
    spend: (points) => {
      look()
      spent += points
    },
    headers: () => {
      const { left, resetSeconds } = look()
      const policy = { 'Beta-RateLimit-Policy': `${NAME};q=${quota};w=${Math.ceil(windowMs / 1000)}` }
      return left < quota * TOLD_BELOW ? { ...policy, 'Beta-RateLimit': `${NAME};r=${left};t=${resetSeconds}` } : policy
    },
  }
}
