import type { DrawRequest, Quota } from '../ports/budget.ts'

export interface Drawn {
  readonly granted: number
  /** What is left for others. */
  readonly quota: Quota
}

/**
 * Takes points out of a window. What others drew is not yet known to the provider, so within a window the smaller number
 * counts; a window that ended is replaced by the one that the provider speaks of.
 */
export function drawPoints(stored: Quota | undefined, { points, quota }: DrawRequest, nowMs: number): Drawn {
  const open = stored && stored.resetsAt.getTime() > nowMs ? stored : undefined
  const available = open ? Math.min(open.remaining, quota.remaining) : quota.remaining
  const granted = Math.max(0, Math.min(points, available))
  return { granted, quota: { remaining: available - granted, resetsAt: (open ?? quota).resetsAt } }
}
