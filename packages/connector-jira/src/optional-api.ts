import { type Context, isMillraceError, type MillraceError } from '@millrace/core'
import type { JiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'

/**
 * Asks an API that may be closed to a token which is good elsewhere: one with scopes gets 401 there, one without the product
 * 403. That is a warning, and what was read before stays.
 *
 * @throws UNAUTHORIZED when it is not this API but the account that is refused
 */
export async function unlessUnavailable<Answer>(
  what: string,
  client: JiraClient,
  { log }: Pick<Context<JiraConfig>, 'log'>,
  ask: () => Promise<Answer>,
): Promise<Answer | 'unavailable'> {
  try {
    return await ask()
  } catch (error) {
    if (!isRefusal(error)) throw error
    await client.myself()
    log.warn({ reason: error.message }, `${what}: not available to this token, so what was read before stays as it is.`)
    return 'unavailable'
  }
}

/** Whether an API does not let this token in, or not to this. */
export function isRefusal(error: unknown): error is MillraceError {
  if (!isMillraceError(error)) return false
  return error.code === 'UNAUTHORIZED' || (error.code === 'HTTP_STATUS' && error.context.status === 403)
}
