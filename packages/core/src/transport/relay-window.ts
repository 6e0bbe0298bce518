/** Bounds of a window, and how long a row should wait in a broker's queue. */
export interface WindowBounds {
  readonly min: number
  readonly max: number
  readonly targetMs: number
}

/**
 * How many rows of a queue may be published and unclaimed. What is published waits in order of arrival, behind everybody
 * else's, so the window follows the pace of the consumers: it grows while they empty it between two looks, and shrinks while
 * rows wait for longer than they should.
 */
export function adaptWindow(
  window: number,
  seen: {
    /** Rows that were published and unclaimed before this look. */
    readonly before: number
    /** Rows that this look added. */
    readonly taken: number
    /** Age of the oldest of those before. */
    readonly oldestMs: number
  },
  { min, max, targetMs }: WindowBounds,
): number {
  if (seen.oldestMs > targetMs) return Math.max(min, Math.floor(window / 2))
  // All of them gone, and more to do than the window takes: the consumers were waiting for us.
  const hungry = seen.before <= window / 4 && seen.before + seen.taken >= window
  return hungry ? Math.min(max, window * 2) : window
}
