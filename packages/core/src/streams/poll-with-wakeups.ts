import {
  concat,
  defer,
  ignoreElements,
  merge,
  NEVER,
  type Observable,
  type ObservableInput,
  of,
  race,
  repeat,
  type SchedulerLike,
  share,
  tap,
  timer,
} from 'rxjs'
import type { Random } from '../ports/random.ts'

export interface PollOptions {
  /** Hints that a poll may find something. They may be lost: the interval makes up for it. */
  readonly wakeups: Observable<unknown>
  /** From the end of a poll to the next one without a wake-up. */
  readonly intervalMs: number
  /** Part of the interval by which it varies either way, so that many processes do not poll in step. @default 0.25 */
  readonly jitter?: number
  readonly random: Random
  /** Made from the Clock by `clockScheduler`. */
  readonly scheduler: SchedulerLike
}

/**
 * Polls at once, then whenever it is woken or the jittered interval has passed, and emits what the polls emit.
 *
 * Polls never overlap: wake-ups during a poll, however many, cause one more poll after it. `repeat` resubscribes only when
 * a poll has completed. An error of a poll or of the wake-ups ends the stream; unsubscribing ends the poll in progress.
 */
export function pollWithWakeups<T>(poll: () => ObservableInput<T>, options: PollOptions): Observable<T> {
  const { intervalMs, jitter = 0.25, random, scheduler } = options
  return defer(() => {
    let woken = false
    const wakeups = concat(options.wakeups, NEVER).pipe(
      tap(() => {
        woken = true
      }),
      share(),
    )
    const pause = (): Observable<unknown> => {
      const pauseMs = intervalMs * (1 + jitter * (2 * random.next() - 1))
      return woken ? of(woken) : race(wakeups, timer(pauseMs, scheduler))
    }
    const polls = defer(() => {
      woken = false
      return poll()
    }).pipe(repeat({ delay: pause }))
    // Listening to wake-ups all the time is what makes those during a poll count.
    return merge(wakeups.pipe(ignoreElements()), polls)
  })
}
