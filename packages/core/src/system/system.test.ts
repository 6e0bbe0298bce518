import { expect, test } from 'vitest'
import { systemClock } from './system-clock.ts'
import { systemRandom } from './system-random.ts'

test('the machine sleeps, and wakes when it is aborted', async () => {
  const before = systemClock.monotonic()
  await systemClock.sleep(2)
  expect(systemClock.monotonic() - before).toBeGreaterThan(0)
  const controller = new AbortController()
  // Longer than a timer can hold.
  const sleeping = systemClock.sleep(2 ** 40, controller.signal)
  controller.abort('enough')
  await expect(sleeping).rejects.toBe('enough')
})

test('ids do not repeat', () => {
  expect(systemRandom.id()).not.toBe(systemRandom.id())
  expect(systemRandom.next()).toBeLessThan(1)
})
