import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cumulativeFlow } from './cumulative-flow.ts'
import { daysOf } from './flow-insights.ts'

const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04']
const STATUSES = ['a', 'b', 'c']

test('the numbers of each day are those that its changes lead to from the day before', () => {
  const change = fc.record({ status: fc.constantFrom(...STATUSES), day: fc.constantFrom(...DAYS), added: fc.nat(5) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const upTo = (last: string) =>
        STATUSES.map((status) =>
          changes
            .filter((each) => each.status === status && each.day <= last)
            .reduce((sum, { added }) => sum + added, 0),
        )
      const now = new Map(STATUSES.map((status, index) => [status, upTo('9')[index] ?? 0]))
      const days = DAYS.slice(0, 3)
      expect(cumulativeFlow(now, changes, { days, statuses: STATUSES })).toEqual(
        days.map((day) => ({ day, counts: upTo(day) })),
      )
    }),
  )
})

test('a history that contradicts itself makes nothing negative', () => {
  const changes = [{ status: 'a', day: '2026-01-02', added: 3 }]
  const flow = cumulativeFlow(new Map([['a', 1]]), changes, { days: DAYS.slice(0, 2), statuses: ['a'] })
  expect(flow.map(({ counts }) => counts)).toEqual([[0], [1]])
})

test('days are those before the end and before now, and not more than anybody can tell apart', () => {
  const now = new Date('2026-03-10T15:00:00Z')
  const at = (text: string) => new Date(text)
  expect(daysOf({}, now)).toHaveLength(90)
  expect(daysOf({}, now).at(-1)).toBe('2026-03-10')
  expect(daysOf({ from: at('2026-03-01T23:00:00Z'), to: at('2026-03-03T00:00:00Z') }, now)).toEqual([
    '2026-03-01',
    '2026-03-02',
  ])
  expect(daysOf({ from: at('2026-03-09T00:00:00Z'), to: at('2030-01-01T00:00:00Z') }, now)).toHaveLength(2)
  expect(daysOf({ from: at('0001-01-01T00:00:00Z') }, now)).toHaveLength(1_100)
  expect(daysOf({ from: at('2026-03-09T00:00:00Z'), to: at('2026-03-08T00:00:00Z') }, now)).toEqual([])
})
