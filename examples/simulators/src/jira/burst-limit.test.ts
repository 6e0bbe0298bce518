import { expect, it } from 'vitest'
import { createBurstLimit } from './burst-limit.ts'

it('admits a second’s worth of requests at once, then as many as time allows, for each endpoint', () => {
  let time = 0
  const limit = createBurstLimit(3, () => time)
  const admitted = (endpoint: string, requests: number) =>
    Array.from({ length: requests }, () => limit.take(endpoint)).filter((each) => each.admitted).length
  expect([admitted('GET /a', 10), admitted('GET /b', 10)]).toEqual([3, 3])
  expect(limit.take('GET /a')).toEqual({ admitted: false, retryAfterSeconds: 1 })
  time += 700
  expect(admitted('GET /a', 10)).toBe(2)
  time += 60_000
  expect(admitted('GET /a', 10)).toBe(3)
})

it('admits everything when there is no limit', () => {
  expect(createBurstLimit(undefined).take('GET /a').admitted).toBe(true)
})
