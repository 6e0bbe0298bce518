import { describe, expect, it } from 'vitest'
import { createTimeZone } from '../time-zone.ts'
import { instantOfLiteral } from './date-literal.ts'
import { parseJql } from './parse-jql.ts'

describe('parsing JQL', () => {
  it('reads clauses joined by AND and an order', () => {
    expect(
      parseJql('project in (CORE, "Web Shop") AND updated >= "2026-01-31 09:30" ORDER BY created ASC, key'),
    ).toEqual({
      clauses: [
        { field: 'project', operator: 'in', values: ['CORE', 'Web Shop'] },
        { field: 'updated', operator: '>=', values: ['2026-01-31 09:30'] },
      ],
      order: [
        { field: 'created', descending: false },
        { field: 'key', descending: false },
      ],
    })
  })

  it('sorts dates newest first unless told otherwise, as Jira does', () => {
    expect(parseJql('project = A order by updated').order).toEqual([{ field: 'updated', descending: true }])
  })

  it.each([
    ['project = A OR project = B', "Expecting either 'AND' or 'ORDER BY' but got 'OR'"],
    ['assignee = me', "Field 'assignee' does not exist"],
    ['project >= A', "The operator '>=' is not supported by the 'project' field."],
    ['updated in (1)', "The operator 'in' is not supported by the 'updated' field."],
    ['project =', 'reached the end of the query'],
    ['project = "A', 'has not been completed'],
    ['project in (A', "Expecting ')'"],
    ['project = A ORDER BY rank', "Not able to sort using field 'rank'."],
    [
      `project = A ORDER BY ${Array.from({ length: 8 }, () => 'id').join(', ')}`,
      'JQL can be ordered by at most 7 fields.',
    ],
  ])('refuses %s', (jql, message) => {
    expect(() => parseJql(jql)).toThrow(message)
  })
})

describe('a date literal', () => {
  const now = Date.UTC(2026, 8, 1, 12)
  const read = (literal: string, zone = 'Asia/Shanghai') =>
    new Date(instantOfLiteral('updated', literal, createTimeZone(zone), now)).toISOString()

  it.each([
    ['2026-01-31 09:30', '2026-01-31T01:30:00.000Z'],
    ['2026/01/31 09:30', '2026-01-31T01:30:00.000Z'],
    ['2026-01-31', '2026-01-30T16:00:00.000Z'],
    ['-90m', '2026-09-01T10:30:00.000Z'],
    ['-1d 12h', '2026-08-31T00:00:00.000Z'],
    ['-2w', '2026-08-18T12:00:00.000Z'],
    ['1767225600000', '2026-01-01T00:00:00.000Z'],
  ])('%s is read in the zone of the user who searches', (literal, instant) => {
    expect(read(literal)).toBe(instant)
  })

  it.each([
    '2026-02-30',
    '2026-01-31 25:00',
    '2026-01-31T09:30',
    '2026-01/31',
    '-',
    'yesterday',
    '2026-01-31 09:30:15',
  ])('%s is refused', (literal) => {
    expect(() => read(literal)).toThrow("is invalid. Valid formats include: 'yyyy/MM/dd HH:mm'")
  })
})
