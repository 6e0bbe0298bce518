import { Observable, type OperatorFunction, type SchedulerLike, Subscription } from 'rxjs'

export interface BatchOptions {
  /** A batch of so many values is emitted at once. */
  readonly size: number
  /** A batch is emitted so many milliseconds after its first value, however small it is. */
  readonly timeMs: number
  readonly scheduler: SchedulerLike
}

/**
 * Collects values into batches that are never empty, never larger than `size`, and never older than `timeMs`.
 *
 * Completion emits the rest. An error drops it: whoever emits values in batches must be able to emit them again.
 */
export function batchBySizeAndTime<T>({ size, timeMs, scheduler }: BatchOptions): OperatorFunction<T, readonly T[]> {
  return (source) =>
    new Observable<readonly T[]>((subscriber) => {
      let batch: T[] = []
      let timer = Subscription.EMPTY
      const emit = (): void => {
        timer.unsubscribe()
        const full = batch
        batch = []
        if (full.length > 0) subscriber.next(full)
      }
      subscriber.add(() => timer.unsubscribe())
      subscriber.add(
        source.subscribe({
          next(value) {
            batch.push(value)
            if (batch.length >= size) emit()
            else if (batch.length === 1) timer = scheduler.schedule(emit, timeMs)
          },
          error: (error) => subscriber.error(error),
          complete() {
            emit()
            subscriber.complete()
          },
        }),
      )
    })
}
