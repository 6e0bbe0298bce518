import { isMillraceError, MillraceError } from '@millrace/core'

/** How often a list is read from its start again before its pages count as unstable. */
export const MAX_RESTARTS = 2

/**
 * Whether a list can only be read from its start again: Jira answers 400 to a token that expired, after seven days, or that
 * belongs to another query; and pages may not fit together.
 */
export function losesItsPlace(error: unknown): boolean {
  if (!isMillraceError(error)) return false
  return error.code === 'PAGES_UNSTABLE' || (error.code === 'HTTP_STATUS' && error.context.status === 400)
}

/**
 * The failure of a list that was read from its start again and again: whatever Jira said last, a later run may well read it.
 */
export function placeLostForGood(purpose: string, error: unknown): MillraceError {
  if (isMillraceError(error) && error.code === 'PAGES_UNSTABLE') return error
  const reason = error instanceof Error ? error.message : String(error)
  return unstablePages(purpose, `Jira does not know its own page tokens, time and again (${reason})`, error)
}

/** Pages that do not fit together are no reason to take anything for gone. */
export function unstablePages(purpose: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('PAGES_UNSTABLE', {
    message: `Failed to ${purpose}: ${reason}. It is read again; report it to Atlassian if it stays so.`,
    cause,
  })
}

/**
 * Sees to it that paging by tokens ends: a token that comes twice would go on for ever.
 *
 * @throws CURSOR_LOOP
 */
export function tokenGuard(purpose: string): (token: string) => void {
  const seen = new Set<string>()
  return (token) => {
    if (seen.has(token)) {
      throw new MillraceError('CURSOR_LOOP', {
        message:
          `Failed to ${purpose}: Jira gave the same page token twice, so the pages would never end. ` +
          'The unit is tried again; report it to Atlassian if it stays so.',
        context: { pages: seen.size },
      })
    }
    seen.add(token)
  }
}
