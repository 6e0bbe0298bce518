import type { ModelChangeProgress } from '@millrace/sink-postgres'
import type { Display } from './display.ts'
import { showCount, showDuration } from './quantities.ts'

/** Batches follow each other in milliseconds; nobody reads so fast. */
const EVERY_MS = 1_000

/**
 * Shows how far a change of model has come: at once when a phase begins, and in between once a second.
 *
 * @param now the time in milliseconds, from any beginning
 */
export function showModelChange(
  display: Pick<Display, 'status' | 'end'>,
  now: () => number = () => performance.now(),
): (progress: ModelChangeProgress) => void {
  const beganMs = now()
  let shown = { phase: '', atMs: 0 }
  return (progress) => {
    const atMs = now()
    const { phase } = progress
    if (phase === shown.phase && atMs - shown.atMs < EVERY_MS) return
    shown = { phase, atMs }
    display.status(describe(progress, atMs - beganMs))
    if (phase === 'done') display.end()
  }
}

function describe({ phase, rows, of, embedded }: ModelChangeProgress, elapsedMs: number): string {
  const time = showDuration(elapsedMs)
  const built = `${showCount(embedded)} documents embedded`
  if (phase === 'serve') return `${time}  Built, ${built}. Comparing with the model that serves …`
  if (phase === 'done') return `${time}  Serving, ${built}.`
  // More rows may have come than were there when it began.
  const all = Math.max(of, rows)
  const left = rows > 0 && rows < all ? `, about ${showDuration((elapsedMs * (all - rows)) / rows)} left` : ''
  return `${time}  Building: ${showCount(rows)} of ${showCount(all)} rows, ${built}${left}`
}
