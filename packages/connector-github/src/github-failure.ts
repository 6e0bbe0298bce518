import { type ErrorCode, isMillraceError, MillraceError } from '@millrace/core'

/** An error of this connector, in the form that all of them have. */
export function githubFailure(
  code: ErrorCode,
  purpose: string,
  reason: string,
  remedy: string,
  context: { readonly [key: string]: unknown } = {},
  cause?: unknown,
): MillraceError {
  return new MillraceError(code, { message: `Failed to ${purpose}: ${reason}. ${remedy}`, context, cause })
}

export function unauthorized(purpose: string, explanation: string): MillraceError {
  const remedy =
    'Create a token that may read the repositories and their pull requests, or check App id, installation and private key; then store it in the integration.'
  return githubFailure('UNAUTHORIZED', purpose, `GitHub does not accept the credentials${explanation}`, remedy)
}

/** The query was too much for the service; a smaller page may pass, the same one will not. */
export function tooHeavy(purpose: string, reason: string): MillraceError {
  const remedy = 'Smaller pages are tried; if it stays so, see https://www.githubstatus.com.'
  return githubFailure('HTTP_UNAVAILABLE', purpose, reason, remedy, { too_heavy: true })
}

export function isTooHeavy(error: unknown): boolean {
  return isMillraceError(error) && error.context.too_heavy === true
}

/** GitHub explains itself in `message`. */
export function explanationIn(body: string): string {
  const message = /"message"\s*:\s*"([^"]{1,200})/.exec(body)?.[1]
  return message === undefined ? '' : ` ("${message}")`
}
