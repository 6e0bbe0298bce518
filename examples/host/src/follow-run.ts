import type { RunEvent, RunSummary } from '@millrace/core'
import { filter, fromEvent, lastValueFrom, map, type Observable, scan, takeUntil, tap } from 'rxjs'
import type { Display } from './progress/display.ts'
import { followProgress, type Progress } from './progress/follow-progress.ts'

type Followed = { readonly progress: Progress | undefined; readonly event: RunEvent | undefined }

/** Shows a run until it is over. Undefined when the signal ended the watching first. */
export async function followRun(
  events: Observable<RunEvent>,
  display: Display,
  signal: AbortSignal,
): Promise<RunSummary | undefined> {
  if (signal.aborted) return undefined
  const summaries = events.pipe(
    scan(
      (before: Followed, event) => ({ event, progress: followProgress(before.progress, event, performance.now()) }),
      {
        progress: undefined,
        event: undefined,
      },
    ),
    tap(({ progress }) => progress && display.show(progress)),
    map(({ event }) => (event?.type === 'run-finished' ? event.summary : undefined)),
    filter((summary) => summary !== undefined),
    takeUntil(fromEvent(signal, 'abort')),
  )
  const summary = await lastValueFrom(summaries, { defaultValue: undefined })
  display.end()
  return summary
}
