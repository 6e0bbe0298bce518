import { type Context, isMillraceError } from '@millrace/core'
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
    if (!isMillraceError(error)) throw error
    const forbidden = error.code === 'HTTP_STATUS' && error.context.status === 403
    if (!forbidden && error.code !== 'UNAUTHORIZED') throw error
    await client.myself()
    log.warn({ reason: error.message }, `${what}: not available to this token, so what was read before stays as it is.`)
    return 'unavailable'
  }
}

/** Asks for what belongs to something that may have been deleted, or hidden, since it was found: undefined then. */
export async function unlessGone<Answer>(ask: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask
  } catch (error) {
    if (isMillraceError(error) && error.context.status === 404) return undefined
    throw error
  }
}
