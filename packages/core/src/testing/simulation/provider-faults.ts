import type { Dice } from './dice.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { answerRequest } from './tracker/tracker-api.ts'
import type { TrackerSource } from './tracker/tracker-source.ts'

export interface SimulatedProvider {
  readonly sources: readonly TrackerSource[]
  readonly pageSize: number
  readonly retryAfterSeconds: readonly number[]
  /** How often it fails. */
  readonly faults: () => number
  readonly dice: Dice
}

/** `fetch` of one process against the simulated provider, which answers by the virtual clock and fails in all known ways. */
export function simulatedFetch(process: SimulatedProcess, provider: SimulatedProvider): typeof globalThis.fetch {
  return (input, init) => {
    const url = new URL(String(input))
    const signal = init?.signal ?? undefined
    const method = `GET ${url.pathname}${url.search}`
    const called = process.call({ port: 'provider', method, args: [] }, async () =>
      answer(url, init, process, provider),
    )
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      called.then(resolve, reject)
    })
  }
}

async function answer(
  url: URL,
  init: RequestInit | undefined,
  process: SimulatedProcess,
  { sources, pageSize, retryAfterSeconds, faults, dice }: SimulatedProvider,
): Promise<Response> {
  const headers = { date: new Date(process.clock.now()).toUTCString(), 'content-type': 'application/json' }
  const authorization = new Headers(init?.headers).get('authorization')
  const { status, body } = answerRequest(sources, url, authorization, pageSize)
  if (!dice.chance(faults())) return new Response(body, { status, headers })
  const waitSeconds = String(dice.pick(retryAfterSeconds))
  switch (dice.pick(['limit', 'unavailable', 'broken', 'hang', 'refused', 'cut'] as const)) {
    case 'limit':
      return new Response('{}', { status: 429, headers: { ...headers, 'retry-after': waitSeconds } })
    case 'unavailable':
      return new Response('{}', { status: 503, headers: { ...headers, 'retry-after': waitSeconds } })
    case 'broken':
      return new Response('<html>', { status: dice.pick([500, 502, 504]), headers })
    case 'hang':
      return new Promise(() => undefined)
    case 'refused':
      throw new TypeError('fetch failed')
    case 'cut': {
      const length = String(Buffer.byteLength(body))
      return new Response(body.slice(0, body.length >> 1), {
        status,
        headers: { ...headers, 'content-length': length },
      })
    }
  }
}
