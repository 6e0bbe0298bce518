import { MillraceError } from '../errors/millrace-error.ts'
import { isSecretHeader } from './hide-secrets.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_HOPS = 5

/** The part of a request that a redirect may change. */
export interface SentRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: NonNullable<RequestInit['body']> | null
}

/**
 * Sends a request and follows its redirects. The platform would follow them too, but into any network and with headers
 * such as `X-Api-Key`: here every hop passes `allow`, and secrets stay with the host that they were meant for.
 *
 * @throws HTTP_STATUS after five hops or for a Location that is not a URL; what `allow` throws
 */
export async function followRedirects(
  first: SentRequest,
  send: (request: SentRequest) => Promise<Response>,
  allow: (url: URL) => Promise<unknown>,
): Promise<Response> {
  let request = first
  for (let hop = 0; ; hop++) {
    const response = await send(request)
    const location = response.headers.get('location')
    if (!REDIRECTS.has(response.status) || location === null) return response
    response.body?.cancel().catch(() => undefined)
    const next = URL.parse(location, request.url.href)
    if (next === null || hop === MOST_HOPS) {
      const reason = next === null ? 'it redirects to something that is not a URL' : `it redirects ${hop + 1} times`
      throw new MillraceError('HTTP_STATUS', {
        message: `Failed to fetch ${first.method} ${first.url.origin}${first.url.pathname}: ${reason}. Check the base URL.`,
        context: { status: response.status, host: first.url.host },
      })
    }
    await allow(next)
    request = redirected(request, response.status, next)
  }
}

/** The next request, by the rules of the Fetch standard ("HTTP-redirect fetch"). */
function redirected(request: SentRequest, status: number, url: URL): SentRequest {
  const headers = new Headers(request.headers)
  const becomesGet = status === 303 ? request.method !== 'HEAD' : status <= 302 && request.method === 'POST'
  if (becomesGet) headers.delete('content-type')
  if (url.origin !== request.url.origin) {
    for (const name of [...headers.keys()]) if (isSecretHeader(name)) headers.delete(name)
  }
  return becomesGet ? { url, method: 'GET', headers, body: null } : { ...request, url, headers }
}
