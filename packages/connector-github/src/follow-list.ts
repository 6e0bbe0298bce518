import { MillraceError } from '@millrace/core'
import type { PageInfo } from './api/fields.ts'

/**
 * Where a list goes on after a page; null at its end.
 *
 * @throws CURSOR_LOOP when GitHub says that it goes on, but not where, or where the page itself was read from
 */
export function cursorAfter(
  { hasNextPage, endCursor }: PageInfo,
  after: string | null,
  purpose: string,
): string | null {
  if (!hasNextPage) return null
  if (endCursor !== null && endCursor !== after) return endCursor
  const reason =
    endCursor === null
      ? 'GitHub says that there is more, but not where'
      : 'GitHub gave the cursor back that it was asked with, so the pages would never end'
  throw new MillraceError('CURSOR_LOOP', { message: `Failed to ${purpose}: ${reason}. The unit is tried again.` })
}
