import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pauseAfterLossMs } from './pause-after-loss.ts'

test('a row whose worker vanished once is taken over at once', () => {
  fc.assert(
    fc.property(fc.nat(), (id) => {
      expect(pauseAfterLossMs({ id, attempts: 1 })).toBe(0)
    }),
  )
})

test('later pauses grow, within a bound that keeps take-overs below a minute', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 2, max: 100 }), (id, attempts) => {
      const pauseMs = pauseAfterLossMs({ id, attempts })
      expect(pauseMs).toBeGreaterThanOrEqual(0)
      expect(pauseMs).toBeLessThan(Math.min(12_000, (attempts - 1) * 4_000))
    }),
  )
})

test('rows that were queued beside each other come back more than a second apart', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 2, max: 5 }), (id, attempts) => {
      const [one, other] = [id, id + 1].map((each) => pauseAfterLossMs({ id: each, attempts }))
      expect(Math.abs((one ?? 0) - (other ?? 0))).toBeGreaterThan(1_000)
    }),
  )
})
