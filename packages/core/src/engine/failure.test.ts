import { expect, test } from 'vitest'
import { z } from 'zod'
import { MillraceError } from '../errors/millrace-error.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { asMillraceError, describeIssues, outcomeOf } from './failure.ts'

const page = z.object({ items: z.array(z.object({ id: z.string(), fields: z.object({ size: z.number() }) })) })
const history = z.object({ items: z.undefined().optional(), entries: z.array(z.string()) })

function mistakesIn(schema: z.ZodType, value: unknown): string {
  const parsed = schema.safeParse(value)
  return parsed.success ? 'none' : describeIssues(parsed.error)
}

test('each mistake is named by its path, and no value is shown', () => {
  const found = mistakesIn(page, { items: [{ id: 1, fields: { size: 'secret' } }] })
  expect(found).toMatch(/^items\.0\.id: .*string.*; items\.0\.fields\.size: .*number/)
  expect(found).not.toContain('secret')
})

test('of a union, the alternative that fits furthest tells what is wrong', () => {
  const union = z.object({ body: z.union([history, page]) })
  expect(mistakesIn(union, { body: { items: [{ id: 'a' }] } })).toMatch(/^body\.items\.0\.fields: .*object/)
  expect(mistakesIn(z.union([z.string(), z.number()]), true)).toBe('value: Invalid input')
})

test('many mistakes are counted rather than listed', () => {
  const found = mistakesIn(z.array(z.string()), [1, 2, 3, 4, 5, 6, 7])
  expect(found).toMatch(/^0: .*; and 2 more$/)
})

test('a rate limit is waited for without costing an attempt, up to the longest wait; beyond that the row is dead and says why', () => {
  const HOUR = 3_600_000
  const clock = virtualClock()
  const after = (hours: number, waited = 0) =>
    outcomeOf(
      new MillraceError('RATE_LIMITED', {
        message: 'Failed to fetch: too many requests.',
        retryAt: new Date(clock.now() + hours * HOUR),
      }),
      { attempts: 5, maxAttempts: 5, waitedMs: waited * HOUR },
      { clock, random: seededRandom(1), limits: { maxWaitMs: 24 * HOUR, maxWaitsMs: 48 * HOUR } },
    )
  expect(after(1)).toMatchObject({ to: 'pending', delayMs: HOUR, refund: true })
  expect(after(24)).toMatchObject({ to: 'pending', delayMs: 24 * HOUR })
  expect(after(-1)).toMatchObject({ to: 'pending', delayMs: 0 })
  expect(after(20, 28)).toMatchObject({ to: 'pending' })
  expect(after(20, 29)).toMatchObject({
    to: 'dead',
    failure: {
      code: 'RATE_LIMITED',
      transient: true,
      message:
        'Failed to fetch: too many requests. The provider asks to wait 20 h after 29 h without progress, and no more than 48 h are waited in total. Raise maxWaitsMs, or run the job later.',
    },
  })
  expect(after(30)).toEqual({
    to: 'dead',
    failure: {
      code: 'RATE_LIMITED',
      // The next run asks again.
      transient: true,
      message:
        'Failed to fetch: too many requests. The provider asks to wait 30 h, and no more than 24 h are waited. Raise maxWaitMs, or run the job later.',
      context: {},
    },
  })
})

test('a mistake in code is told with its place, without the directories above', () => {
  const page = {} as { readonly items: { readonly length: number } }
  const said = (error: unknown): string => asMillraceError(error, 'extract topics', true).message
  const thrownBy = (work: () => unknown): unknown => {
    try {
      return work()
    } catch (error) {
      return error
    }
  }
  const place = String.raw`\(engine/failure\.test\.ts:\d+:\d+\)`
  expect(said(thrownBy(() => page.items.length))).toMatch(
    new RegExp(`^Failed to extract topics: Cannot read properties of undefined \\(reading 'length'\\) ${place}\\.$`),
  )
  // In the code that called a library, not in the library.
  const inLibrary = new TypeError('no')
  inLibrary.stack =
    'TypeError: no\n    at node:internal/x:1:2\n    at parse (/a/node_modules/b/c.js:3:4)\n    at async /home/me/src/forum.ts:5:6'
  expect(said(inLibrary)).toBe('Failed to extract topics: no (src/forum.ts:5:6).')
  inLibrary.stack = 'TypeError: no\n    at node:internal/x:1:2'
  expect(said(inLibrary)).toBe('Failed to extract topics: no.')
  expect(said(new Error('the page has no total'))).toBe('Failed to extract topics: the page has no total.')
})
