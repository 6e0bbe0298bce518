import { expect, test } from 'vitest'
import { quotaHint } from './quota-hint.ts'

const NOW = Date.UTC(2025, 0, 1)
const inSeconds = (seconds: number): Date => new Date(NOW + seconds * 1000)
const hint = (headers: { readonly [name: string]: string }) => quotaHint(new Headers(headers), NOW)

test('an answer that does not say what is left says nothing', () => {
  expect(hint({})).toBeUndefined()
  expect(hint({ 'x-ratelimit-remaining': '5' })).toBeUndefined()
  expect(hint({ 'x-ratelimit-remaining': 'many', 'x-ratelimit-reset': '60' })).toBeUndefined()
})

test('remaining and reset are read, and which quota they are about', () => {
  const reset = String(NOW / 1000 + 600)
  expect(
    hint({ 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': reset, 'x-ratelimit-resource': 'graphql' }),
  ).toEqual({
    resource: 'graphql',
    remaining: 12,
    resetsAt: inSeconds(600),
  })
})

test('the scarcest of several limits counts', () => {
  expect(hint({ 'beta-ratelimit': '"app";r=900;t=60, "tenant";r=40;t=300' })).toEqual({
    resource: '',
    remaining: 40,
    resetsAt: inSeconds(300),
  })
})

test('a window that ended, or that is longer than a day, is none', () => {
  for (const seconds of [-5, 90_000]) {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + seconds) }
    expect(hint(headers)).toBeUndefined()
  }
})
