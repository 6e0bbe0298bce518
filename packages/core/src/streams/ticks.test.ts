import { expect, test } from 'vitest'
import { virtualClock } from '../testing/virtual-clock.ts'
import { ticks } from './ticks.ts'

test('it ticks at once, then at intervals of the clock, until nobody listens', async () => {
  const clock = virtualClock(0)
  const seen: number[] = []
  const subscription = ticks(clock, 10).subscribe(() => seen.push(clock.now()))
  await clock.advance(25)
  expect(seen).toEqual([0, 10, 20])
  subscription.unsubscribe()
  await clock.advance(50)
  expect(seen).toEqual([0, 10, 20])
  expect(clock.pending).toEqual([])
})
