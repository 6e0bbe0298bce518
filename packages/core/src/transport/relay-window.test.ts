import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adaptWindow } from './relay-window.ts'

const BOUNDS = { min: 8, max: 256, targetMs: 500 }

test('it doubles while consumers empty it, and halves while rows wait too long', () => {
  expect(adaptWindow(8, { before: 0, taken: 8, oldestMs: 0 }, BOUNDS)).toBe(16)
  expect(adaptWindow(16, { before: 12, taken: 4, oldestMs: 100 }, BOUNDS)).toBe(16)
  expect(adaptWindow(16, { before: 0, taken: 3, oldestMs: 0 }, BOUNDS), 'there is no more to do').toBe(16)
  expect(adaptWindow(64, { before: 60, taken: 4, oldestMs: 501 }, BOUNDS)).toBe(32)
})

test('law: it stays within its bounds', () => {
  const seen = fc.record({ before: fc.nat(500), taken: fc.nat(500), oldestMs: fc.nat(5_000) })
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 256 }), seen, (window, what) => {
      const next = adaptWindow(window, what, BOUNDS)
      expect(next).toBeGreaterThanOrEqual(BOUNDS.min)
      expect(next).toBeLessThanOrEqual(BOUNDS.max)
    }),
  )
})
