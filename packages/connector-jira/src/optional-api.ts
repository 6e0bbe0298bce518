import { type Context, isMillraceError } from '@millrace/core'
import type { JiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'

/** An API that may be closed to a token which is good elsewhere. */
export interface OptionalApi {
  /** What it gives. */
  readonly about: string
  /** What opens it, or does without it. */
  readonly remedy: string
}

/** What Jira Software adds. */
export const BOARDS: OptionalApi = {
  about: 'Boards',
  remedy: 'Give the account access to Jira Software and the token its scopes, or set boardsIntervalHours to 0.',
}

/**
 * Asks such an API: a token with scopes gets 401 there, one without the product 403. That is a warning of the run, and what was
 * read before stays.
 *
 * @throws UNAUTHORIZED when it is not this API but the account that is refused
 */
export async function unlessUnavailable<Answer>(
  { about, remedy }: OptionalApi,
  client: JiraClient,
  { warn }: Pick<Context<JiraConfig>, 'warn'>,
  ask: () => Promise<Answer>,
): Promise<Answer | 'unavailable'> {
  try {
    return await ask()
  } catch (error) {
    if (!isMillraceError(error)) throw error
    const forbidden = error.code === 'HTTP_STATUS' && error.context.status === 403
    if (!forbidden && error.code !== 'UNAUTHORIZED') throw error
    await client.myself()
    const message = `Not available to this token, so what was read before stays as it is. ${remedy} (${error.message})`
    warn({ about, message })
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

/** How many there are besides the first one, in words that follow it. */
export function othersThan(found: readonly unknown[]): string {
  return found.length > 1 ? ` and ${found.length - 1} more` : ''
}
