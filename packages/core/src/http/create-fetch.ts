import pRetry from 'p-retry'
import { isMillraceError } from '../errors/millrace-error.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import { withLinkedSignal } from '../signals/linked-signal.ts'
import { untilAborted } from '../signals/until-aborted.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { silentTelemetry } from '../telemetry/silent-telemetry.ts'
import { clockSkew } from './clock-skew.ts'
import type { FetchOptions, PolicedFetch, PolicedInit } from './fetch-options.ts'
import { followRedirects, type SentRequest } from './follow-redirects.ts'
import { type FailedRequest, failureOfStatus, failureOfTransfer, rateLimited, timedOut } from './http-failure.ts'
import { allowedUrl } from './http-url.ts'
import { type PreparedRequest, prepareRequest } from './prepare-request.ts'
import { createProviderBudget } from './provider-budget.ts'
import { quotaHint } from './quota-hint.ts'
import { readBody } from './read-body.ts'
import { bytesOf, receivedResponse } from './received-response.ts'
import { retryHintMs } from './retry-hint.ts'

export type { PolicedFetch } from './fetch-options.ts'

const FIRST_BACKOFF_MS = 1000

/** Makes the `fetch` that connectors are given. */
export function createFetch(options: FetchOptions = {}): PolicedFetch {
  const {
    log = silentLogger,
    telemetry = silentTelemetry,
    clock = systemClock,
    random = systemRandom,
    timeoutMs = 60_000,
    maxHeldWaitMs = 15_000,
    maxBodyBytes = 256 * 1024 * 1024,
    budget = createProviderBudget(),
  } = options
  const platformFetch = options.fetch ?? fetch
  const skew = clockSkew(log)
  const rules = {
    allowPrivateNetworks: options.allowPrivateNetworks ?? true,
    ...(options.resolveHost && { resolveHost: options.resolveHost }),
  }

  /** One try: everything from sending to the last byte, or an error that says whether another try makes sense. */
  async function attempt(request: PreparedRequest, number: number, signal: AbortSignal): Promise<Response> {
    const failed: FailedRequest = { method: request.method, url: request.url, attempt: number, hide: request.hide }
    await waitWhileBlocked(failed, signal)
    await budget.spend(clock.now())
    // What everybody shares may have run out just now.
    await waitWhileBlocked(failed, signal)
    const facts = { method: request.method, host: request.url.host, path: request.url.pathname, attempt: number }
    options.onRequest?.(facts)
    const startedMs = clock.monotonic()
    telemetry.add('millrace.api.calls', 1)
    const described = { 'http.request.method': facts.method, 'server.address': facts.host, 'url.path': facts.path }
    const response = await telemetry.span(
      'millrace.http',
      { ...described, 'millrace.attempt': number },
      async (span) => {
        const received = await withDeadline(failed, signal, (deadline) => exchange(request, deadline)).catch(
          (error) => {
            signal.throwIfAborted()
            throw failureOfTransfer(failed, error)
          },
        )
        span.set({ 'http.response.status_code': received.status })
        return received
      },
    )
    const bytes = bytesOf(response)
    const { status } = response
    telemetry.add('millrace.received', bytes.byteLength)
    telemetry.record('millrace.http.duration', (clock.monotonic() - startedMs) / 1_000, { status })
    options.onResponse?.({ ...facts, status, bytes: bytes.byteLength, durationMs: clock.monotonic() - startedMs })
    if (response.ok && !request.ownQuota) {
      // A refusal says itself how long to wait; what is left matters before there is one.
      const quota = quotaHint(response.headers, clock.now())
      if (quota) await budget.observe(quota)
    }
    if (response.ok || request.returnStatuses.includes(status)) return response
    const hintMs = retryHintMs(response.headers, clock.now())
    const retryAt = hintMs === undefined || hintMs === 0 ? undefined : new Date(clock.now() + hintMs)
    const failure = failureOfStatus(failed, response, bytes, retryAt)
    if (failure?.code === 'RATE_LIMITED' && retryAt) {
      await budget.block(retryAt.getTime())
      options.onBlocked?.(retryAt)
    }
    if (failure) throw failure
    return response
  }

  async function exchange(request: PreparedRequest, signal: AbortSignal): Promise<Response> {
    const { redirect: wanted = 'follow' } = request.init
    const redirect = wanted === 'follow' ? 'manual' : wanted
    const send = async (hop: SentRequest): Promise<Response> => {
      const { url, method, headers, body } = hop
      const response = await platformFetch(url, { ...request.init, method, headers, body, signal, redirect })
      skew.observe(response.headers, clock.now())
      return response
    }
    const response =
      wanted === 'follow' ? await followRedirects(request, send, (url) => allowedUrl(url, rules)) : await send(request)
    const target = `${request.method} ${request.url.origin}${request.url.pathname}`
    return receivedResponse(response, await readBody(response, request.method, maxBodyBytes, target))
  }

  /** Whoever holds a place in the budget waits in it: nobody else may send anything either. */
  async function waitWhileBlocked(request: FailedRequest, signal: AbortSignal): Promise<void> {
    for (;;) {
      const untilMs = budget.blockedUntil()
      const waitMs = untilMs - clock.now()
      if (waitMs <= 0) return
      telemetry.add('millrace.rate_limit.waits', 1, { held: waitMs <= maxHeldWaitMs })
      if (waitMs > maxHeldWaitMs) throw rateLimited(request, new Date(untilMs))
      await clock.sleep(waitMs + spreadMs(waitMs), signal)
    }
  }

  /** Gives a task a signal that is aborted after the timeout, on the same clock as everything else. */
  function withDeadline<T>(
    request: FailedRequest,
    outer: AbortSignal,
    task: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return withLinkedSignal([outer], async (signal, abort) => {
      const timer = new AbortController()
      const onDeadline = (): void => abort(timedOut(request, timeoutMs))
      clock.sleep(timeoutMs, timer.signal).then(onDeadline, () => undefined)
      try {
        return await untilAborted(task(signal), signal)
      } finally {
        timer.abort()
      }
    })
  }

  /** Waits before the next try, or throws what the caller shall see. */
  async function beforeRetry(error: unknown, request: FailedRequest, signal: AbortSignal): Promise<void> {
    if (!isMillraceError(error) || !error.retryable) throw error
    const hintMs = error.retryAt === undefined ? undefined : error.retryAt.getTime() - clock.now()
    if (hintMs !== undefined) telemetry.add('millrace.rate_limit.waits', 1, { held: hintMs <= maxHeldWaitMs })
    if (hintMs !== undefined && hintMs > maxHeldWaitMs) throw rateLimited(request, error.retryAt, error.context)
    const backoffMs = FIRST_BACKOFF_MS * 2 ** (request.attempt - 1) * (0.7 + 0.6 * random.next())
    const waitMs = hintMs === undefined ? Math.min(backoffMs, maxHeldWaitMs) : hintMs + spreadMs(hintMs)
    log.debug({ ...error.context, code: error.code, waitMs: Math.round(waitMs) }, 'A request is tried again.')
    await clock.sleep(waitMs, signal)
  }

  /** Nobody is let in earlier than told, and not everybody at once. */
  function spreadMs(waitMs: number): number {
    return random.next() * Math.min(1000, waitMs / 10)
  }

  const policed = async (input: string | URL, init: PolicedInit = {}): Promise<Response> => {
    const request = prepareRequest(await allowedUrl(input, rules), init, options.userAgent ?? 'millrace')
    return withLinkedSignal([options.signal, init.signal], (signal) => {
      const inTurn = (number: number): Promise<Response> =>
        budget.run(() => {
          signal.throwIfAborted()
          return attempt(request, number, signal)
        })
      return pRetry((number) => untilAborted(inTurn(number), signal), {
        retries: request.repeatable ? (options.retries ?? 4) : 0,
        // p-retry would wait on the machine's timers; the waiting is done by the clock in beforeRetry.
        minTimeout: 0,
        signal,
        onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
          if (retriesLeft === 0) throw error
          return beforeRetry(error, { ...request, attempt: attemptNumber }, signal)
        },
      })
    })
  }
  return Object.assign(policed, { skewMs: skew.skewMs, knowsSkew: skew.isKnown })
}
