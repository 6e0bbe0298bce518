import { from, type ObservableInput } from 'rxjs'
import { MillraceError } from '../errors/millrace-error.ts'

/** Pages of one source, asked for one after the other. */
export interface PageSource<T> {
  /** Whether a page is requested only when it is asked for. False for what pushes its pages. */
  readonly lazy: boolean
  next(): Promise<IteratorResult<T, unknown>>
  /** Ends the source; harmless after its end. */
  close(): Promise<void>
}

/** Iterables, asynchronous or not, are pulled; everything else that RxJS takes goes through a bounded buffer. */
export function pageSource<T>(input: ObservableInput<T>, bufferLimit: number): PageSource<T> {
  if (Symbol.asyncIterator in input) return pulled(input[Symbol.asyncIterator]())
  if (Symbol.iterator in input) return pulled(input[Symbol.iterator]())
  return buffered(input, bufferLimit)
}

function pulled<T>(iterator: AsyncIterator<T> | Iterator<T>): PageSource<T> {
  return {
    lazy: true,
    next: async () => iterator.next(),
    close: async () => {
      await iterator.return?.()
    },
  }
}

function buffered<T>(input: ObservableInput<T>, limit: number): PageSource<T> {
  const pages: T[] = []
  let end: (() => IteratorResult<T, unknown>) | undefined
  let wake = (): void => undefined
  const finish = (how: () => IteratorResult<T, unknown>): void => {
    end ??= how
    wake()
  }
  const subscribe = () =>
    from(input).subscribe({
      next: (page) => {
        if (end) return
        if (pages.length === limit) {
          finish(() => {
            throw overflow(limit)
          })
          // Absent while the source emits within `subscribe`; then `end` makes the rest of it fall on the floor.
          subscription?.unsubscribe()
          return
        }
        pages.push(page)
        wake()
      },
      error: (error) =>
        finish(() => {
          throw error
        }),
      complete: () => finish(() => ({ done: true, value: undefined })),
    })
  let subscription: ReturnType<typeof subscribe> | undefined
  return {
    lazy: false,
    async next() {
      subscription ??= subscribe()
      if (end && !subscription.closed) subscription.unsubscribe()
      for (;;) {
        for (const page of pages.splice(0, 1)) return { done: false, value: page }
        if (end) return end()
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    async close() {
      subscription?.unsubscribe()
      finish(() => ({ done: true, value: undefined }))
    },
  }
}

function overflow(limit: number): MillraceError {
  return new MillraceError('BUFFER_OVERFLOW', {
    message: `Failed to buffer pages of an Observable: more than ${limit} wait to be stored. Return an async iterable, which is pulled page by page, or slow the source down.`,
    context: { bufferLimit: limit },
  })
}
