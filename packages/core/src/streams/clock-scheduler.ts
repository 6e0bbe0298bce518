import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs'
import type { Clock } from '../ports/clock.ts'

/** A scheduler for RxJS that takes its time from a Clock; give it to every operator that waits. */
export function clockScheduler(clock: Clock): SchedulerLike {
  return {
    now: () => clock.now(),
    schedule: <T>(work: (this: SchedulerAction<T>, state: T) => void, delayMs = 0, state?: T): Subscription =>
      clockAction(clock, work).schedule(state, delayMs),
  }
}

/** Work that may schedule itself again, and is called off by unsubscribing. */
function clockAction<T>(clock: Clock, work: (this: SchedulerAction<T>, state: T) => void): SchedulerAction<T> {
  const stop = new AbortController()
  const action: SchedulerAction<T> = Object.assign(new Subscription(() => stop.abort()), {
    schedule(state?: T, delayMs = 0): Subscription {
      // An error of the work itself is nobody's to catch here: it surfaces as an unhandled rejection.
      clock.sleep(delayMs, stop.signal).then(
        () => work.call(action, state as T),
        () => undefined,
      )
      return action
    },
  })
  return action
}
