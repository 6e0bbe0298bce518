/** No provider means to send work away for longer; a header that says so is broken, and waiting must have a bound. */
export const LONGEST_HINT_MS = 24 * 60 * 60_000

/**
 * How long an answer asks to wait, in milliseconds, or undefined when it does not say. Read in this order:
 *
 * 1. `Retry-After`: seconds or a date (RFC 9110).
 * 2. `RateLimit` items with nothing left (`"quota";r=0;t=600`), also under `Beta-`; where `t` is missing, the window `w` of
 *    the item of the same name in `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
 * 3. `X-RateLimit-Reset`: epoch seconds or an ISO time, by provider, unless `X-RateLimit-Remaining` says that
 *    something is left: then another limit was hit.
 *
 * Times are measured against the answer's own `Date`, so a clock that is wrong here does not shorten the wait.
 */
export function retryHintMs(headers: Headers, nowMs: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  const providerNowMs = Number.isNaN(date) ? nowMs : date
  const hint =
    delayUntil(headers.get('retry-after'), providerNowMs) ??
    structuredDelayMs(headers) ??
    (isExhausted(headers) ? delayUntil(headers.get('x-ratelimit-reset'), providerNowMs) : undefined)
  return hint === undefined ? undefined : Math.min(Math.max(0, hint), LONGEST_HINT_MS)
}

/** Whether an answer with status 403 is about the rate and not about permission. */
export function isRateLimited(status: number, headers: Headers): boolean {
  if (status === 429) return true
  return status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining')?.trim() === '0')
}

function isExhausted(headers: Headers): boolean {
  const remaining = headers.get('x-ratelimit-remaining')
  return remaining === null || remaining.trim() === '0'
}

/** Reads a number of seconds, an epoch in seconds or milliseconds, or a date. */
export function delayUntil(value: string | null, providerNowMs: number): number | undefined {
  if (value === null || value.trim() === '') return undefined
  const number = Number(value)
  if (Number.isNaN(number)) {
    const at = Date.parse(value)
    return Number.isNaN(at) ? undefined : at - providerNowMs
  }
  if (number > 1e11) return number - providerNowMs
  if (number > 1e8) return number * 1000 - providerNowMs
  return number * 1000
}

function structuredDelayMs(headers: Headers): number | undefined {
  const windows = new Map(
    rateLimitItems(headers, 'ratelimit-policy').map((item) => [item.name, item.parameters.get('w')]),
  )
  const waits = rateLimitItems(headers, 'ratelimit')
    .filter((item) => item.parameters.get('r') === 0)
    .map((item) => item.parameters.get('t') ?? windows.get(item.name))
    .filter((seconds) => seconds !== undefined)
  return waits.length === 0 ? undefined : Math.max(...waits) * 1000
}

export interface StructuredItem {
  readonly name: string
  readonly parameters: ReadonlyMap<string, number>
}

/** The items of a structured list (RFC 9651), as far as rate limits use it: names and integer parameters. */
export function rateLimitItems(headers: Headers, header: string): readonly StructuredItem[] {
  const value = headers.get(header) ?? headers.get(`beta-${header}`)
  if (value === null) return []
  return value.split(',').map((text) => {
    const [name = '', ...parameters] = text.split(';').map((part) => part.trim())
    const numbers = parameters.map((parameter): [string, number] => {
      const [key = '', number = ''] = parameter.split('=')
      return [key, Number.parseInt(number, 10)]
    })
    return { name, parameters: new Map(numbers.filter(([, number]) => !Number.isNaN(number))) }
  })
}
