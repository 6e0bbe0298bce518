import { MillraceError } from '@millrace/core'

/** What was looked for, which must be there. @throws NOT_FOUND, as for what belongs to another tenant */
export function found<Found>(value: Found | undefined | null, what: string, id: number | string): Found {
  if (value !== undefined && value !== null) return value
  throw new MillraceError('NOT_FOUND', { message: `Failed to find ${what} ${id}: there is none of that number.` })
}
