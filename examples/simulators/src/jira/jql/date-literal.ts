import type { TimeZone } from '../time-zone.ts'
import { JqlError } from './jql-error.ts'

const ABSOLUTE = /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d{2}))?$/
const RELATIVE = /^([+-]?)(?:(\d+)w)?\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?$/
const EPOCH = /^\d{6,}$/
const MINUTE_MS = 60_000

/**
 * The instant a date literal names: `"2026-01-31 09:30"` or `"2026/01/31"` in the time zone of the user who searches,
 * `-90m` or `-1d 12h` from now, or epoch milliseconds. Minutes are as fine as wall-clock literals get.
 *
 * @throws JqlError when it is none of these
 */
export const instantOfLiteral = (field: string, literal: string, zone: TimeZone, now: number): number => {
  const absolute = ABSOLUTE.exec(literal)
  if (absolute !== null) {
    const [, year, , month, day, hour = '0', minute = '0'] = absolute
    const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute))
    const read = new Date(wall)
    const real =
      read.getUTCMonth() === Number(month) - 1 &&
      read.getUTCDate() === Number(day) &&
      Number(hour) < 24 &&
      Number(minute) < 60
    if (!real) throw invalid(field, literal)
    return zone.instantOf(wall)
  }
  if (EPOCH.test(literal)) return Number(literal)
  const relative = RELATIVE.exec(literal)
  if (relative === null || literal.replace(/[+-]/, '').trim() === '') throw invalid(field, literal)
  const [, sign, weeks = '0', days = '0', hours = '0', minutes = '0'] = relative
  const span = ((Number(weeks) * 7 + Number(days)) * 24 + Number(hours)) * 60 + Number(minutes)
  return now + (sign === '-' ? -1 : 1) * span * MINUTE_MS
}

const invalid = (field: string, literal: string): JqlError =>
  new JqlError(
    `Date value '${literal}' for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
  )
