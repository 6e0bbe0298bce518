import { expect, test } from 'vitest'
import { isRateLimited, retryHintMs } from './retry-hint.ts'

const NOW = Date.UTC(2025, 0, 1)
const IN_A_MINUTE = new Date(NOW + 60_000)

test.each<[string, Record<string, string>, number | undefined]>([
  ['nothing', {}, undefined],
  ['seconds', { 'retry-after': '5' }, 5000],
  ['a date', { 'retry-after': IN_A_MINUTE.toUTCString() }, 60_000],
  ['a date in the past', { 'retry-after': new Date(NOW - 1000).toUTCString() }, 0],
  ['nonsense', { 'retry-after': 'soon' }, undefined],
  ['epoch seconds', { 'x-ratelimit-reset': String(IN_A_MINUTE.getTime() / 1000) }, 60_000],
  ['an ISO time', { 'x-ratelimit-reset': IN_A_MINUTE.toISOString() }, 60_000],
  ['a reset of a limit that is not used up', { 'x-ratelimit-reset': '60', 'x-ratelimit-remaining': '4' }, undefined],
  ['a structured limit', { ratelimit: '"burst";r=10;t=1, "hour";r=0;t=600' }, 600_000],
  ['a structured limit in beta', { 'beta-ratelimit': '"global-app-quota";r=0;t=30' }, 30_000],
  [
    'a limit with its window in the policy',
    { ratelimit: '"h";r=0', 'ratelimit-policy': '"h";q=65000;w=3600' },
    3_600_000,
  ],
  ['a structured limit with something left', { ratelimit: '"burst";r=10;t=1' }, undefined],
  ['Retry-After and a reset', { 'retry-after': '1', 'x-ratelimit-reset': IN_A_MINUTE.toISOString() }, 1000],
  ['more than a day', { 'retry-after': '99999999' }, 86_400_000],
])('reads %s', (_name, headers, expected) => {
  expect(retryHintMs(new Headers(headers), NOW)).toBe(expected)
})

test('times are measured on the clock of the provider', () => {
  const date = new Date(NOW - 3_600_000).toUTCString()
  const reset = new Date(NOW - 3_600_000 + 5000).toISOString()
  expect(retryHintMs(new Headers({ date, 'x-ratelimit-reset': reset }), NOW)).toBe(5000)
})

test('a 403 is about the rate only when its headers say so', () => {
  expect(isRateLimited(429, new Headers())).toBe(true)
  expect(isRateLimited(403, new Headers({ 'x-ratelimit-remaining': '0' }))).toBe(true)
  expect(isRateLimited(403, new Headers({ 'retry-after': '60' }))).toBe(true)
  expect(isRateLimited(403, new Headers({ 'x-ratelimit-remaining': '12' }))).toBe(false)
})
