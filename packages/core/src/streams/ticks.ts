import { Observable } from 'rxjs'
import type { Clock } from '../ports/clock.ts'

/** Emits 'tick' at once and then at intervals of the clock's time, whatever becomes of the last one. */
export function ticks(clock: Clock, intervalMs: number): Observable<'tick'> {
  return new Observable((subscriber) => {
    const stop = new AbortController()
    const loop = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        subscriber.next('tick')
        await clock.sleep(intervalMs, stop.signal).catch(() => undefined)
      }
    }
    void loop()
    return () => stop.abort()
  })
}
