import { expect, it } from 'vitest'
import { jiraTime } from './jira-time.ts'

it.each([
  ['ISO with an offset that lacks its colon', '2021-01-25T11:32:55.851+0800', '2021-01-25T03:32:55.851Z'],
  ['a negative offset of half an hour', '2021-01-25T11:32:55.851-0330', '2021-01-25T15:02:55.851Z'],
  ['ISO with Z', '2026-05-08T13:44:52.000Z', '2026-05-08T13:44:52.000Z'],
  ['milliseconds, as bulk changelogs answer', 1_790_584_137_824, '2026-09-28T08:28:57.824Z'],
  ['seconds, as their documentation shows', 1_492_070_429, '2017-04-13T08:00:29.000Z'],
  ['a date that a library made', new Date(0), '1970-01-01T00:00:00.000Z'],
])('reads %s', (_what, value, iso) => expect(jiraTime(value)?.toISOString()).toBe(iso))

it.each([['yesterday'], [''], [null], [undefined], [{}], [Number.NaN], [new Date('x')]])(
  'takes %o for no time',
  (value) => expect(jiraTime(value)).toBeNull(),
)
