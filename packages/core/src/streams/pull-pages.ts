import type { ObservableInput } from 'rxjs'
import { untilAborted } from '../signals/until-aborted.ts'
import { type PageSource, pageSource } from './page-source.ts'

export interface PullOptions<Before, T = unknown> {
  /** Pages that are asked for while the consumer still works on one; 0 asks for a page only when it is wanted. @default 1 */
  readonly prefetch?: number
  /** Pages of an Observable that may wait for the consumer. @default 64 */
  readonly bufferLimit?: number
  /** Ends the iteration with the signal's reason, at once, also while a page is awaited. */
  readonly signal: AbortSignal
  /** Runs before each pull; its result is paired with the page. */
  readonly beforePull?: () => Promise<Before>
  /** Told of each page as it arrives, before the one after it may be pulled. */
  readonly onPulled?: (page: T) => void
  /**
   * Called when the consumer leaves before the end, first of all: the place to abort a request in flight, for which the
   * closing would wait otherwise.
   */
  readonly onClose?: () => void
}

export interface PulledPage<T, Before> {
  readonly page: T
  readonly before: Before
}

type Pulled<T, Before> = PulledPage<T, Before> | 'end'

/**
 * Pages of whatever a connector returns, with backpressure.
 *
 * An async iterable, or an iterable, is pulled one page after the other: never two at once, and never further ahead than
 * `prefetch`. `beforePull` is awaited before the source is asked for a page, so what it draws is older than the page's
 * request. An Observable cannot be held back: it is subscribed when the first page is wanted, its pages wait in a bounded
 * buffer, and since its requests cannot be told apart each page is paired with what was drawn before the subscription.
 *
 * Leaving the iteration early calls the iterator's `return` after its pull in flight has settled, or unsubscribes. After an
 * abort nothing is waited for.
 *
 * @throws BUFFER_OVERFLOW after the buffered pages, when an Observable is faster than the consumer
 */
export async function* pullPages<T, Before = undefined>(
  input: ObservableInput<T>,
  options: PullOptions<Before, T>,
): AsyncGenerator<PulledPage<T, Before>, void, undefined> {
  const { signal, prefetch = 1, bufferLimit = 64 } = options
  signal.throwIfAborted()
  let left = false
  let over = false
  const source = pageSource(input, bufferLimit)
  const pull = inSequence(source, options, () => over)
  const inFlight: Promise<Pulled<T, Before>>[] = []
  try {
    for (;;) {
      const pulled = await untilAborted(inFlight.shift() ?? pull(), signal)
      if (pulled === 'end') return
      while (inFlight.length < prefetch) inFlight.push(pull())
      left = true
      yield pulled
      left = false
    }
  } finally {
    over = true
    if (left) options.onClose?.()
    const closed = source.lazy ? Promise.allSettled(inFlight).then(source.close) : source.close()
    if (signal.aborted) closed.catch(() => undefined)
    else await closed
  }
}

/** Makes a pull wait for the one before it; a failure fails those that wait. */
function inSequence<T, Before>(
  source: PageSource<T>,
  options: PullOptions<Before, T>,
  isOver: () => boolean,
): () => Promise<Pulled<T, Before>> {
  const draw = async (): Promise<Before> => (await options.beforePull?.()) as Before
  let first: Promise<Before> | undefined
  const pullOne = async (previous: Pulled<T, Before> | undefined): Promise<Pulled<T, Before>> => {
    if (previous === 'end') return 'end'
    first = source.lazy ? undefined : (first ?? draw())
    const before = await (first ?? draw())
    options.signal.throwIfAborted()
    if (isOver()) return 'end'
    const result = await source.next()
    if (result.done) return 'end'
    options.onPulled?.(result.value)
    return { page: result.value, before }
  }
  let last: Promise<Pulled<T, Before> | undefined> = Promise.resolve(undefined)
  return () => {
    const pulled = last.then(pullOne)
    // A failure is seen when its turn comes, which may be after the consumer's work on the page before.
    pulled.catch(() => undefined)
    last = pulled
    return pulled
  }
}
