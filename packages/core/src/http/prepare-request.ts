import { MillraceError } from '../errors/millrace-error.ts'
import type { PolicedInit } from './fetch-options.ts'
import type { SentRequest } from './follow-redirects.ts'
import { secretHider } from './hide-secrets.ts'

/** A request that the platform will accept, as often as it is sent. */
export interface PreparedRequest extends SentRequest {
  /** The caller's other options. */
  readonly init: RequestInit
  readonly returnStatuses: readonly number[]
  readonly ownQuota: boolean
  /** Whether its body can be sent again. */
  readonly repeatable: boolean
  readonly hide: (text: string) => string
}

/** @throws INVALID_CONFIG when the platform would refuse the request before sending it */
export function prepareRequest(url: URL, given: PolicedInit, userAgent: string): PreparedRequest {
  const { returnStatuses = [], ownQuota = false, signal: _signal, ...init } = given
  const method = (init.method ?? 'GET').toUpperCase()
  const body = init.body ?? null
  const headers = validHeaders(method, url, init)
  if (!headers.has('user-agent')) headers.set('user-agent', userAgent)
  if (body !== null && (method === 'GET' || method === 'HEAD')) {
    throw refuse(method, url, 'such a request cannot have a body. Use POST.')
  }
  const repeatable = body === null || typeof body === 'string' || !(Symbol.asyncIterator in body)
  return { url, method, headers, body, init, returnStatuses, ownQuota, repeatable, hide: secretHider(url, headers) }
}

function validHeaders(method: string, url: URL, init: RequestInit): Headers {
  try {
    return new Headers(init.headers)
  } catch {
    // The platform's message quotes the value, which may be a token: no cause.
    throw refuse(method, url, 'a header has a value that HTTP does not allow. Look for line breaks in the credentials.')
  }
}

function refuse(method: string, url: URL, reason: string): MillraceError {
  return new MillraceError('INVALID_CONFIG', {
    message: `Failed to fetch ${method} ${url.origin}${url.pathname}: ${reason}`,
    context: { host: url.host, path: url.pathname },
  })
}
