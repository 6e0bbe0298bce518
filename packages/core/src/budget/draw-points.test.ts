import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Quota } from '../ports/budget.ts'
import { drawPoints } from './draw-points.ts'

const resetsAt = new Date(60_000)

test('whatever is drawn, and whatever the provider still believes, no window gives more than it had', () => {
  const request = fc.record({ points: fc.integer({ min: 1, max: 50 }), unspent: fc.integer({ min: 0, max: 30 }) })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.array(request), (size, requests) => {
      let stored: Quota | undefined
      let drawn = 0
      for (const { points, unspent } of requests) {
        // The provider counts what was spent, which is at most what was drawn.
        const remaining = size - Math.max(0, drawn - unspent)
        const { granted, quota } = drawPoints(stored, { points, quota: { remaining, resetsAt } }, 0)
        stored = quota
        drawn += granted
      }
      expect(drawn).toBeLessThanOrEqual(size)
    }),
  )
})

test('what others outside of these processes spent is believed', () => {
  const stored = { remaining: 100, resetsAt }
  expect(drawPoints(stored, { points: 10, quota: { remaining: 4, resetsAt } }, 0)).toEqual({
    granted: 4,
    quota: { remaining: 0, resetsAt },
  })
})

test('a window that ended gives way to the next one', () => {
  const next = { remaining: 80, resetsAt: new Date(120_000) }
  expect(drawPoints({ remaining: 0, resetsAt }, { points: 10, quota: next }, 60_000)).toEqual({
    granted: 10,
    quota: { ...next, remaining: 70 },
  })
})
