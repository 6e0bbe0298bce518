/** What a route answers, before faults have their way with it. */
export interface Answer {
  readonly status: number
  /** JSON text. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** How many things it tells of: each costs an app a point. @default 0 */
  readonly things?: number
}

export const ok = (body: string): Answer => ({ status: 200, body })

export const okJson = (value: unknown): Answer => ok(JSON.stringify(value))

/** An error as Jira shapes it: messages, an empty `errors` object, no status. */
export const refusal = (status: number, ...errorMessages: readonly string[]): Answer => ({
  status,
  body: JSON.stringify({ errorMessages, errors: {} }),
})

export const ISSUE_MISSING = refusal(404, 'Issue does not exist or you do not have permission to see it.')

export const INVALID_PAYLOAD = refusal(
  400,
  'Invalid request payload. Refer to the REST API documentation and try again.',
)
