import { MillraceError } from '@millrace/core'

/** What was looked for, which must be there. @throws NOT_FOUND */
export function found<Found>(value: Found | undefined, what: string, id: number): Found {
  if (value !== undefined) return value
  throw new MillraceError('NOT_FOUND', {
    message: `Failed to find ${what} ${id}: the tenant has none of that number. List what there is, or name another --tenant.`,
    context: { id },
  })
}
