import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeIssues } from './failure.ts'

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
