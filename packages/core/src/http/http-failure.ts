import { errorTable } from '../errors/error-table.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import { isRateLimited } from './retry-hint.ts'

/** The request as errors name it: never its query, its headers or its body. */
export interface FailedRequest {
  readonly method: string
  readonly url: URL
  readonly attempt: number
  /** Hides what the request must keep secret. */
  readonly hide: (text: string) => string
}

/** A provider's own words are worth reading; a whole error page is not. */
const LONGEST_ANSWER = 300

/**
 * What an answer means for the request: an error, retryable or not, or undefined when it is for the caller to read.
 *
 * @param retryAt when the answer asks to wait
 */
export function failureOfStatus(
  request: FailedRequest,
  response: Response,
  bytes: Uint8Array,
  retryAt: Date | undefined,
): MillraceError | undefined {
  const { status } = response
  const { host, pathname: path } = request.url
  const answer = excerpt(request, bytes)
  const context = { status, host, path, attempt: request.attempt, answer }
  if (status === 401) {
    const remedy = errorTable.UNAUTHORIZED.remedy
    return new MillraceError('UNAUTHORIZED', {
      message: `Failed to fetch ${target(request)}: ${host} does not accept the credentials (401). ${remedy}`,
      context,
    })
  }
  if (isRateLimited(status, response.headers)) return rateLimited(request, retryAt, context)
  if (!isTransient(status)) return undefined
  return new MillraceError('HTTP_UNAVAILABLE', {
    message: `Failed to fetch ${target(request)}: the provider answered ${status}${times(request)}. ${errorTable.HTTP_UNAVAILABLE.remedy}`,
    ...(retryAt && { retryAt }),
    context,
  })
}

export function rateLimited(
  request: FailedRequest,
  retryAt: Date | undefined,
  context: { readonly [key: string]: unknown } = { host: request.url.host, path: request.url.pathname },
): MillraceError {
  const until = retryAt ? ` until ${retryAt.toISOString()}` : ''
  return new MillraceError('RATE_LIMITED', {
    message: `Failed to fetch ${target(request)}: ${request.url.host} asks to wait${until}. The work goes on by itself.`,
    ...(retryAt && { retryAt }),
    context,
  })
}

/** Wraps what `fetch` or a body failed with; our own errors pass. */
export function failureOfTransfer(request: FailedRequest, error: unknown): MillraceError {
  if (isMillraceError(error)) return error
  const reason = request.hide(reasonOf(error))
  const { host, pathname: path } = request.url
  // No `cause`: what the platform throws may quote the URL with its query, and more.
  return new MillraceError('HTTP_UNAVAILABLE', {
    message: `Failed to fetch ${target(request)}: ${reason}${times(request)}. ${errorTable.HTTP_UNAVAILABLE.remedy}`,
    context: { host, path, attempt: request.attempt, reason },
  })
}

export function timedOut(request: FailedRequest, timeoutMs: number): MillraceError {
  const { host, pathname: path } = request.url
  return new MillraceError('HTTP_TIMEOUT', {
    message: `Failed to fetch ${target(request)}: no complete answer within ${timeoutMs} ms${times(request)}. ${errorTable.HTTP_TIMEOUT.remedy}`,
    context: { host, path, attempt: request.attempt, timeoutMs },
  })
}

/** 501 and 505 mean that the provider will never be able to answer this. */
function isTransient(status: number): boolean {
  return status === 408 || status === 425 || (status >= 500 && status !== 501 && status !== 505)
}

function target(request: FailedRequest): string {
  return `${request.method} ${request.url.origin}${request.url.pathname}`
}

function times(request: FailedRequest): string {
  return request.attempt === 1 ? '' : ` at attempt ${request.attempt}`
}

function excerpt(request: FailedRequest, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, LONGEST_ANSWER * 4))
  return request.hide(text.replace(/\s+/g, ' ').trim()).slice(0, LONGEST_ANSWER)
}

/** Node says "fetch failed" and keeps what happened in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed'
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  const inner = cause instanceof Error && cause.message !== '' ? cause.message : error.message
  return inner.includes(code.slice(2, -1)) ? inner : `${inner}${code}`
}
