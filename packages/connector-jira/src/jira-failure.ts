import { jsonOf, MillraceError } from '@millrace/core'
import type { z } from 'zod'

/** What was asked for, in words that complete "Failed to …", and of whom. */
export interface JiraRequest {
  readonly purpose: string
  readonly site: string
  readonly account: string
  readonly deployment: 'cloud' | 'data-center'
  /** What an answer that repeats its request must not bring into a message. */
  readonly secrets: readonly string[]
}

function withoutSecrets({ secrets }: JiraRequest, text: string): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '[hidden]'), text)
}

const TOKEN_REMEDY = {
  cloud:
    'Create a new API token at https://id.atlassian.com/manage-profile/security/api-tokens and store it in the integration; ' +
    'a scoped token works only with https://api.atlassian.com/ex/jira/{cloudId} as base URL.',
  'data-center': 'Create a new personal access token in your profile on that site and store it in the integration.',
}

/** Jira does not know the account: its answers to anonymous requests look like those of an empty site. */
export function unauthorized(request: JiraRequest, cause?: unknown): MillraceError {
  return new MillraceError('UNAUTHORIZED', {
    message: `Failed to ${request.purpose}: ${request.site} does not accept the token of ${request.account}. ${TOKEN_REMEDY[request.deployment]}`,
    cause,
    context: { site: request.site },
  })
}

/** The answer ended too early, or was no answer of Jira's at all. */
export function unreadable(
  request: JiraRequest,
  text: string,
  contentType: string | null,
  cause: unknown,
): MillraceError {
  const start = JSON.stringify(withoutSecrets(request, text).slice(0, 60))
  if (/^\s*[[{]/.test(text) || contentType?.includes('application/json')) {
    return new MillraceError('HTTP_UNAVAILABLE', {
      message:
        `Failed to ${request.purpose}: the answer of ${request.site} was cut after ${text.length} characters. ` +
        'It is tried again; if it stays so, look for a proxy that limits the size of answers.',
      cause,
      context: { site: request.site },
    })
  }
  return new MillraceError('NOT_JSON', {
    message:
      `Failed to ${request.purpose}: ${request.site} answered with something that is not JSON and begins with ${start}. ` +
      'Check that the base URL leads to Jira itself and not to a login page or a proxy.',
    cause,
    context: { site: request.site },
  })
}

/** The error for a status other than 2xx, or undefined. */
export function failureOf(request: JiraRequest, status: number, bytes: Uint8Array): MillraceError | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status === 401) return unauthorized(request)
  const code = status === 429 ? 'RATE_LIMITED' : status === 408 || status >= 500 ? 'HTTP_UNAVAILABLE' : 'HTTP_STATUS'
  return new MillraceError(code, {
    message: `Failed to ${request.purpose}: ${reasonOf(request, status, withoutSecrets(request, explanationIn(textOf(bytes))))}`,
    context: { site: request.site, status },
  })
}

function reasonOf({ site, account }: JiraRequest, status: number, explanation: string): string {
  switch (status) {
    case 400:
      return `${site} does not accept the request${explanation}. Check \`jql\` and \`projects\` in the settings.`
    case 403:
      return `${account} is not permitted to do so on ${site}${explanation}. Give the account the permission to browse the projects.`
    case 404:
      return `${site} does not have it, or hides it from ${account}${explanation}. Check the base URL and the permissions of the account.`
    case 410:
      return `${site} has removed this API${explanation}. Upgrade @millrace/connector-jira.`
    default:
      return `${site} answered with status ${status}${explanation}. See https://www.atlassianstatus.com if it stays so.`
  }
}

/** Jira explains itself in `errorMessages`, in `errors` by field, or in `message`; in the account's language. */
function explanationIn(text: string): string {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return ''
  }
  if (typeof answer !== 'object' || answer === null) return ''
  const { errorMessages, errors, message, error } = answer as { readonly [name: string]: unknown }
  const sentences = [errorMessages, errors, message, error]
    .flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : [part]))
    .filter((part) => typeof part === 'string' && part !== '')
  return sentences.length === 0 ? '' : ` ("${sentences.join('; ')}")`
}

/** JSON, but not what this API answers. */
export function unexpected(request: JiraRequest, error: z.ZodError | undefined): MillraceError {
  const [issue] = error?.issues ?? []
  const reason = issue ? `${issue.path.join('.') || 'the answer'}: ${issue.message}` : 'there was no answer'
  return new MillraceError('INVALID_BODY', {
    message:
      `Failed to ${request.purpose}: ${request.site} answered in a form that is not known (${reason}). ` +
      'Check that the base URL leads to Jira Cloud, and upgrade @millrace/connector-jira.',
    cause: error,
    context: { site: request.site },
  })
}

/**
 * @throws NOT_JSON, HTTP_UNAVAILABLE when the text is JSON that was cut
 */
export function parseJson(request: JiraRequest, bytes: Uint8Array, contentType: string | null): unknown {
  try {
    return jsonOf(bytes)
  } catch (error) {
    throw unreadable(request, textOf(bytes), contentType, error)
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
