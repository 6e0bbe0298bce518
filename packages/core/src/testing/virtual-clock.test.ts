import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'
import { virtualClock } from './virtual-clock.ts'

test('sleeps end in the order of their times, and what they set off runs in between', async () => {
  const clock = virtualClock(0)
  const seen: string[] = []
  const walk = async (name: string, ...delays: number[]): Promise<void> => {
    for (const delay of delays) {
      await clock.sleep(delay)
      seen.push(`${name}@${clock.now()}`)
    }
  }
  const walks = Promise.all([walk('a', 30, 30), walk('b', 20, 20, 5)])
  await clock.advance(45)
  expect(seen).toEqual(['b@20', 'a@30', 'b@40', 'b@45'])
  expect(clock.pending).toEqual([60])
  await clock.run(walks)
  expect(clock.now()).toBe(60)
  expect(clock.monotonic()).toBe(60)
})

test('an aborted sleep rejects with the reason and leaves the clock', async () => {
  const clock = virtualClock()
  const controller = new AbortController()
  const sleeping = clock.sleep(10, controller.signal)
  controller.abort('enough')
  await expect(sleeping).rejects.toBe('enough')
  await expect(clock.sleep(10, controller.signal)).rejects.toBe('enough')
  expect(clock.pending).toEqual([])
  expect(await clock.advanceToNext()).toBe(false)
})

test('the same seed gives the same numbers and ids', () => {
  const [one, two] = [seededRandom(7), seededRandom(7)]
  const numbers = Array.from({ length: 1000 }, () => one.next())
  expect(numbers).toEqual(Array.from({ length: 1000 }, () => two.next()))
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
  expect(numbers.reduce((sum, number) => sum + number, 0) / 1000).toBeCloseTo(0.5, 1)
  expect(one.id()).toBe(two.id())
  expect(one.id()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
})
