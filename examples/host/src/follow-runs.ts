import type { RunEvent, RunSummary } from '@millrace/core'
import { combineLatest, fromEvent, lastValueFrom, type Observable, scan, startWith, takeUntil, tap } from 'rxjs'
import type { Display } from './progress/display.ts'
import { followProgress, type Progress } from './progress/follow-progress.ts'
import { joinProgress } from './progress/join-progress.ts'

interface Followed {
  readonly progress: Progress | undefined
  readonly summary: RunSummary | undefined
}

const NOT_SEEN: Followed = { progress: undefined, summary: undefined }

/** Shows runs side by side until all are over. Undefined when the signal ended the watching first. */
export async function followRuns<Run extends { readonly events: Observable<RunEvent> }>(
  runs: readonly Run[],
  display: Display,
  signal: AbortSignal,
): Promise<readonly (Run & { readonly summary: RunSummary })[] | undefined> {
  if (signal.aborted) return undefined
  // Every run has something to show from the start, so that one that is slow to begin hides no other.
  const states = combineLatest(runs.map(({ events }) => follow(events).pipe(startWith(NOT_SEEN)))).pipe(
    tap((followed) => {
      const seen = followed.flatMap(({ progress }) => progress ?? [])
      if (seen.length > 0) display.show(joinProgress(seen))
    }),
    takeUntil(fromEvent(signal, 'abort')),
  )
  const last = await lastValueFrom(states, { defaultValue: [] })
  display.end()
  const over = runs.flatMap((run, index) => {
    const summary = last[index]?.summary
    return summary ? [{ ...run, summary }] : []
  })
  return over.length === runs.length ? over : undefined
}

function follow(events: Observable<RunEvent>): Observable<Followed> {
  return events.pipe(
    scan(
      ({ progress }: Followed, event) => ({
        progress: followProgress(progress, event, performance.now()),
        summary: event.type === 'run-finished' ? event.summary : undefined,
      }),
      NOT_SEEN,
    ),
  )
}
