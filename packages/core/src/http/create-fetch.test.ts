import { expect, test, vi } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createFetch } from './create-fetch.ts'
import type { FetchOptions, PolicedInit } from './fetch-options.ts'
import { createProviderBudget } from './provider-budget.ts'
import { bytesOf } from './received-response.ts'

const URL_WITH_SECRET = 'https://api.example.com/issues?page=1&access_token=s3cr3t-in-query'
const HEADERS = { authorization: 'Bearer s3cr3t-in-header' }

type Answer = Response | Error | ((init: RequestInit) => Response | Promise<Response>)

/** A policed fetch over given answers, the last of which repeats, on virtual time. */
function given(answers: readonly Answer[], options: FetchOptions = {}) {
  const clock = virtualClock()
  const start = clock.now()
  const sentAt: number[] = []
  const fetch = createFetch({
    clock,
    random: seededRandom(1),
    fetch: async (_url, init = {}) => {
      const answer = answers[Math.min(sentAt.length, answers.length - 1)]
      sentAt.push(clock.now() - start)
      if (answer instanceof Error) throw answer
      return typeof answer === 'function' ? answer(init) : (answer?.clone() ?? Response.error())
    },
    ...options,
  })
  return {
    fetch,
    clock,
    sentAt,
    ask: (init?: PolicedInit) => clock.run(fetch(URL_WITH_SECRET, { headers: HEADERS, ...init })),
  }
}

const status = (code: number, headers: Record<string, string> = {}, body = ''): Response =>
  new Response(body, { status: code, headers })
const networkError = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('read'), { code: 'ECONNRESET' }) })
const hangs: Answer = () => new Promise(() => undefined)

test('an answer is returned with its bytes as they were received', async () => {
  const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x7b])
  const { ask } = given([new Response(bytes, { headers: { 'x-request-id': '7' } })])
  const response = await ask()
  expect(bytesOf(response)).toEqual(bytes)
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  expect(bytesOf(response)).toEqual(bytes)
  expect(response.headers.get('x-request-id')).toBe('7')
})

test.each([408, 425, 429, 500, 502, 503, 504, 520])('status %i is tried again, later each time', async (code) => {
  const { ask, sentAt } = given([status(code), status(code), status(code), status(200, {}, 'ok')])
  expect(await (await ask()).text()).toBe('ok')
  expect(sentAt).toHaveLength(4)
  const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0))
  for (const [index, gap] of gaps.entries()) {
    expect(gap).toBeGreaterThanOrEqual(700 * 2 ** index)
    expect(gap).toBeLessThanOrEqual(1300 * 2 ** index)
  }
})

test.each([400, 403, 404, 409, 410, 422, 501])('status %i is returned as it is', async (code) => {
  const { ask, sentAt } = given([status(code, {}, 'why')])
  const response = await ask()
  expect([response.status, await response.text(), sentAt.length]).toEqual([code, 'why', 1])
})

test('a request that keeps failing is an error, never an empty success', async () => {
  await expect(given([status(503)]).ask()).rejects.toMatchObject({
    code: 'HTTP_UNAVAILABLE',
    retryable: true,
    context: { status: 503, attempt: 5 },
  })
  await expect(given([networkError()]).ask()).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE', retryable: true })
  await expect(given([status(429)]).ask()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

test('refused credentials are an error at once, which names host and path and no secret', async () => {
  const { ask, sentAt } = given([status(401, {}, 'Unauthorized; scope does not match: s3cr3t-in-header')])
  const error = await ask().catch((thrown: Error) => thrown)
  expect(error).toMatchObject({
    code: 'UNAUTHORIZED',
    retryable: false,
    context: { host: 'api.example.com', path: '/issues' },
  })
  expect(sentAt).toHaveLength(1)
  expect(JSON.stringify(error)).toContain('scope does not match')
  expect(JSON.stringify(error) + String(error)).not.toContain('s3cr3t')
})

test.each<[string, Answer]>([
  ['a network error that quotes the request', new TypeError(`failed: ${URL_WITH_SECRET} ${HEADERS.authorization}`)],
  ['an answer that quotes the request', status(500, {}, `no ${URL_WITH_SECRET} ${HEADERS.authorization}`)],
  ['a rate limit', status(429, { 'retry-after': '900' }, URL_WITH_SECRET)],
  ['a timeout', hangs],
])('errors of %s hold no secret', async (_name, answer) => {
  const error = await given([answer])
    .ask()
    .catch((thrown: Error) => thrown)
  expect(error).toBeInstanceOf(Error)
  if (!(error instanceof Error)) return
  const everything = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join()
  expect(everything).toContain('https://api.example.com/issues')
  expect(everything).not.toContain('s3cr3t')
})

test('Retry-After is waited for, and nobody is earlier', async () => {
  const { ask, sentAt } = given([status(429, { 'retry-after': '7' }), status(200)])
  await ask()
  expect(sentAt[1]).toBeGreaterThanOrEqual(7000)
  expect(sentAt[1]).toBeLessThan(8000)
})

test('a longer wait is not held: the row waits until the time that the provider named', async () => {
  const { ask, sentAt, clock } = given([status(429, { 'retry-after': '120' })])
  const now = clock.now()
  await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAt: new Date(now + 120_000) })
  expect(sentAt).toHaveLength(1)
})

test('a provider may say 403 when its points are used up', async () => {
  const resetAt = new Date(Date.UTC(2025, 0, 1, 0, 40))
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetAt.getTime() / 1000) }
  await expect(given([status(403, headers)]).ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAt: resetAt })
})

test('a rate limit stops all requests of the budget, and a blocked one is not even sent', async () => {
  const budget = createProviderBudget()
  const onBlocked = vi.fn()
  const { ask, sentAt } = given([status(429, { 'retry-after': '120' })], { budget, onBlocked })
  await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(sentAt).toHaveLength(1)
  expect(onBlocked).toHaveBeenCalledExactlyOnceWith(new Date(budget.blockedUntil()))
})

test.each([
  [false, 1],
  [true, 2],
])(
  'used-up points stop all requests of the budget, unless the caller keeps account of them: %s',
  async (ownQuota, sent) => {
    const resetAt = Date.UTC(2025, 0, 1, 0, 40) / 1000
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetAt) }
    const { ask, sentAt } = given([new Response('{}', { headers }), new Response('{}')], { maxHeldWaitMs: 0 })
    await ask({ ownQuota })
    await ask({ ownQuota }).catch(() => undefined)
    expect(sentAt).toHaveLength(sent)
  },
)

test('no more requests run at once than the budget allows', async () => {
  let running = 0
  let most = 0
  const clock = virtualClock()
  const slow = async (): Promise<Response> => {
    most = Math.max(most, ++running)
    await clock.sleep(100)
    running -= 1
    return new Response('ok')
  }
  const fetch = createFetch({ clock, fetch: slow, budget: createProviderBudget({ concurrency: 3 }) })
  await clock.run(Promise.all(Array.from({ length: 10 }, () => fetch('https://api.example.com'))))
  expect(most).toBe(3)
})

test('a request that takes too long is aborted and tried again', async () => {
  const signals: (AbortSignal | null | undefined)[] = []
  const slow: Answer = (init) => {
    signals.push(init.signal)
    return new Promise(() => undefined)
  }
  const { ask, sentAt } = given([slow, status(200, {}, 'ok')], { timeoutMs: 5000 })
  expect(await (await ask()).text()).toBe('ok')
  expect(signals[0]?.aborted).toBe(true)
  expect(sentAt[1]).toBeGreaterThan(5000)
  await expect(given([hangs], { timeoutMs: 5000 }).ask()).rejects.toMatchObject({
    code: 'HTTP_TIMEOUT',
    retryable: true,
  })
})

test('the timeout also covers the body', async () => {
  const trickles: Answer = () =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }))
  await expect(given([trickles], { retries: 0 }).ask()).rejects.toMatchObject({ code: 'HTTP_TIMEOUT' })
})

test('a body that ends before its announced length is tried again', async () => {
  const cut = status(200, { 'content-length': '10' }, '12345')
  expect(await (await given([cut, status(200, {}, 'whole')]).ask()).text()).toBe('whole')
  await expect(given([cut]).ask()).rejects.toMatchObject({
    code: 'HTTP_UNAVAILABLE',
    context: { reason: 'the answer was cut after 5 of 10 bytes' },
  })
})

test('a body that is too large is refused without another try', async () => {
  const { ask, sentAt } = given([status(200, {}, '123456')], { maxBodyBytes: 5 })
  await expect(ask()).rejects.toMatchObject({ code: 'INVALID_BODY', retryable: false })
  expect(sentAt).toHaveLength(1)
})

test.each([
  ['while it is sent', [hangs]],
  ['while it waits for the next try', [status(503, { 'retry-after': '10' })]],
])('an abort %s rejects with its reason and leaves no timer behind', async (_name, answers) => {
  const controller = new AbortController()
  const { fetch, clock } = given(answers)
  const asking = fetch('https://api.example.com', { signal: controller.signal })
  await clock.advance(2000)
  controller.abort(new Error('cancelled'))
  await expect(asking).rejects.toThrow('cancelled')
  expect(clock.pending).toEqual([])
})

test('an abort ends the wait for a place in the budget', async () => {
  const controller = new AbortController()
  const { fetch, clock, sentAt } = given([hangs], { budget: createProviderBudget({ concurrency: 1 }) })
  fetch('https://api.example.com/1').catch(() => undefined)
  const second = fetch('https://api.example.com/2', { signal: controller.signal })
  await clock.advance(1)
  controller.abort(new Error('cancelled'))
  await expect(second).rejects.toThrow('cancelled')
  expect(sentAt).toHaveLength(1)
})

test('timers and listeners are gone after an answer', async () => {
  const controller = new AbortController()
  const added = vi.spyOn(controller.signal, 'addEventListener')
  const removed = vi.spyOn(controller.signal, 'removeEventListener')
  const { ask, clock } = given([status(503), status(200)], { signal: controller.signal })
  await ask()
  expect(clock.pending).toEqual([])
  expect(added).toHaveBeenCalled()
  expect(removed.mock.calls.length).toBeGreaterThanOrEqual(added.mock.calls.length)
})

test('statuses that the caller names are returned at once', async () => {
  const { fetch, clock, sentAt } = given([status(502)])
  const response = await clock.run(fetch('https://api.example.com', { returnStatuses: [502] }))
  expect([response.status, sentAt.length]).toEqual([502, 1])
})

test('requests and answers are counted, failed ones too', async () => {
  const onRequest = vi.fn()
  const onResponse = vi.fn()
  await given([networkError(), status(503, {}, 'busy'), status(200, {}, 'ok')], { onRequest, onResponse }).ask()
  expect(onRequest.mock.calls.map(([facts]) => facts.attempt)).toEqual([1, 2, 3])
  expect(onResponse.mock.calls.map(([facts]) => [facts.status, facts.bytes])).toEqual([
    [503, 4],
    [200, 2],
  ])
  expect(JSON.stringify([onRequest.mock.calls, onResponse.mock.calls])).not.toContain('s3cr3t')
})

test('a provider whose clock differs by more than a minute is reported once', async () => {
  const warn = vi.fn()
  const silent = { debug: () => undefined, info: () => undefined, error: () => undefined, warn }
  const { ask, fetch } = given([status(200, { date: 'Wed, 01 Jan 2025 00:05:00 GMT' })], { log: silent })
  await ask()
  await ask()
  expect(fetch.skewMs()).toBe(300_500)
  expect(warn).toHaveBeenCalledOnce()
})

test('a process that stands still before its request leaves does not believe that the provider is ahead', async () => {
  const { fetch, clock, ask } = given([
    async () => {
      await clock.sleep(24_000)
      return status(200, { date: new Date(clock.now()).toUTCString() })
    },
  ])
  await ask()
  expect(Math.abs(fetch.skewMs())).toBeLessThanOrEqual(500)
})

test('a User-Agent is sent unless the caller has one', async () => {
  const agents: (string | null)[] = []
  const remember: Answer = (init) => {
    agents.push(new Headers(init.headers).get('user-agent'))
    return status(200)
  }
  const { ask } = given([remember], { userAgent: 'tracker/1.0' })
  await ask()
  await ask({ headers: { 'User-Agent': 'own' } })
  expect(agents).toEqual(['tracker/1.0', 'own'])
})

test('a header that HTTP does not allow is a mistake in the settings, and is not quoted', async () => {
  const error = await given([])
    .ask({ headers: { authorization: 'Bearer s3cr3t\n1' } })
    .catch((thrown: Error) => thrown)
  expect(error).toMatchObject({ code: 'INVALID_CONFIG' })
  expect(String(error)).not.toContain('s3cr3t')
})
