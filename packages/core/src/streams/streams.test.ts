import { defer, finalize, of, timer } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { batchBySizeAndTime } from './batch-by-size-and-time.ts'
import { clockScheduler } from './clock-scheduler.ts'
import { pollWithWakeups } from './poll-with-wakeups.ts'

type Marbles = Parameters<Parameters<TestScheduler['run']>[0]>[0]

/** A test in marbles: one character is a millisecond. */
function marbles(name: string, body: (helpers: Marbles, scheduler: TestScheduler) => void): void {
  test(name, () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    scheduler.run((helpers) => body(helpers, scheduler))
  })
}

const BATCHES = { x: ['a', 'b', 'c'], y: ['d'], z: ['a'], w: ['b'] }

marbles(
  'a full batch is emitted at once, the rest on completion',
  ({ hot, expectObservable, expectSubscriptions }, scheduler) => {
    const source = hot('  a-b-c-d|')
    const expected = '    ----x--(y|)'
    expectObservable(source.pipe(batchBySizeAndTime({ size: 3, timeMs: 20, scheduler }))).toBe(expected, BATCHES)
    expectSubscriptions(source.subscriptions).toBe('^------!')
  },
)

marbles(
  'a batch is emitted in time after its first value, and silence emits nothing',
  ({ hot, expectObservable }, scheduler) => {
    const source = hot('  a--------b-----|')
    const expected = '    ----z--------w-|'
    expectObservable(source.pipe(batchBySizeAndTime({ size: 3, timeMs: 4, scheduler }))).toBe(expected, BATCHES)
  },
)

marbles('an error drops the batch', ({ hot, expectObservable }, scheduler) => {
  const source = hot('  ab#')
  expectObservable(source.pipe(batchBySizeAndTime({ size: 3, timeMs: 4, scheduler }))).toBe('--#')
})

marbles('unsubscribing drops the batch and its timer', ({ hot, expectObservable, expectSubscriptions }, scheduler) => {
  const source = hot('  ab---------')
  const unsubscribed = '^-!'
  expectObservable(source.pipe(batchBySizeAndTime({ size: 3, timeMs: 4, scheduler })), unsubscribed).toBe('---')
  expectSubscriptions(source.subscriptions).toBe(unsubscribed)
})

const STEADY = { jitter: 0, random: seededRandom(1) }

marbles(
  'polls at once and then in intervals, each from the end of the poll before',
  ({ cold, expectObservable }, scheduler) => {
    const polls = pollWithWakeups(() => cold('-p|'), { ...STEADY, wakeups: cold(''), intervalMs: 5, scheduler })
    expectObservable(polls, '^---------------!').toBe('-p------p------p-')
  },
)

marbles('a wake-up ends the pause', ({ cold, hot, expectObservable }, scheduler) => {
  const wakeups = hot('                 ----w------')
  const polls = pollWithWakeups(() => cold('(p|)'), { ...STEADY, wakeups, intervalMs: 8, scheduler })
  expectObservable(polls, '^-------------!').toBe('p---p-------p--')
})

marbles(
  'wake-ups during a poll cause one more poll after it, never a second one beside it',
  ({ cold, hot, expectObservable, flush }, scheduler) => {
    const wakeups = hot('                    -w-w-------')
    let running = 0
    let most = 0
    const poll = () =>
      defer(() => {
        most = Math.max(most, ++running)
        return cold('----(p|)')
      }).pipe(
        finalize(() => {
          running -= 1
        }),
      )
    const polls = pollWithWakeups(poll, { ...STEADY, wakeups, intervalMs: 90, scheduler })
    expectObservable(polls, '^-----------------!').toBe('----p---p---------')
    flush()
    expect(most).toBe(1)
  },
)

marbles(
  'wake-ups that end do not end the polling, and an error of a poll does',
  ({ cold, hot, expectObservable }, scheduler) => {
    const wakeups = hot('-|')
    let round = 0
    const poll = () => (++round < 3 ? cold('(p|)') : cold('#'))
    const polls = pollWithWakeups(poll, { ...STEADY, wakeups, intervalMs: 4, scheduler })
    expectObservable(polls).toBe('p---p---#')
  },
)

marbles('pauses vary by the jitter, either way', ({ cold, expectObservable }, scheduler) => {
  const numbers = [0, 0.5, 1 - Number.EPSILON]
  const random = { ...seededRandom(1), next: () => numbers.shift() ?? 0.5 }
  const polls = pollWithWakeups(() => of('p'), { wakeups: cold(''), intervalMs: 8, jitter: 0.5, random, scheduler })
  expectObservable(polls, '^------------------------!').toBe('p---p-------p-----------p-')
})

test('operators of RxJS run on the clock, and stop with their subscription', async () => {
  const clock = virtualClock(0)
  const seen: [tick: number, at: number][] = []
  const ticking = timer(10, 5, clockScheduler(clock)).subscribe((tick) => seen.push([tick, clock.now()]))
  await clock.advance(22)
  expect(seen).toEqual([
    [0, 10],
    [1, 15],
    [2, 20],
  ])
  ticking.unsubscribe()
  await clock.advance(0)
  expect(clock.pending).toEqual([])
})
