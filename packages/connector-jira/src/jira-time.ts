/** Numbers below this are epoch seconds: as milliseconds it is March 1973, as seconds the year 5138. */
const FIRST_MILLISECONDS = 1e11

/**
 * A time as Jira writes it: ISO text with an offset that lacks its colon, epoch milliseconds in bulk changelogs, epoch
 * seconds in their documentation, or a Date where a client library has been at work. Null when it is none of these.
 */
export function jiraTime(value: unknown): Date | null {
  if (value instanceof Date) return valid(value)
  if (typeof value === 'number') return valid(new Date(value < FIRST_MILLISECONDS ? value * 1000 : value))
  if (typeof value !== 'string' || value === '') return null
  return valid(new Date(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
}

function valid(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date
}
