import { MillraceError } from '@millrace/core'

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
