import { createHash } from 'node:crypto'

/** What went over the wire for one request. */
export interface Exchange {
  readonly method: string
  /** The route's pattern, or the path itself where none matched. */
  readonly route: string
  /** Path and query as requested. */
  readonly url: string
  /** The parsed request body. */
  readonly requestBody: unknown
  readonly status: number
  /** Length and SHA-256 of the response body as it was meant to be sent. */
  readonly bytes: number
  readonly sha256: string
  /** False for a body that a fault cuts. */
  readonly complete: boolean
  readonly faults: readonly string[]
}

export interface Traffic {
  readonly total: number
  /** Requests per `METHOD route`. */
  readonly byRoute: Readonly<Record<string, number>>
  /** The most recent exchanges, oldest first. */
  readonly responses: readonly Exchange[]
}

/** Remembers what was asked and answered: counts for ever, exchanges in a ring. */
export interface TrafficLog {
  readonly record: (exchange: Omit<Exchange, 'bytes' | 'sha256'>, body: Buffer) => void
  readonly read: () => Traffic
  readonly clear: () => void
}

export const createTrafficLog = (
  remembered: number,
  onResponse: ((exchange: Exchange) => void) | undefined,
): TrafficLog => {
  let total = 0
  let ring: Exchange[] = []
  const byRoute = new Map<string, number>()
  return {
    record: (exchange, body) => {
      const name = `${exchange.method} ${exchange.route}`
      total += 1
      byRoute.set(name, (byRoute.get(name) ?? 0) + 1)
      if (remembered === 0 && onResponse === undefined) return
      const full = { ...exchange, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }
      onResponse?.(full)
      ring[(total - 1) % Math.max(1, remembered)] = full
    },
    read: () => {
      const start = ring.length < remembered ? 0 : total % Math.max(1, remembered)
      return { total, byRoute: Object.fromEntries(byRoute), responses: [...ring.slice(start), ...ring.slice(0, start)] }
    },
    clear: () => {
      total = 0
      ring = []
      byRoute.clear()
    },
  }
}
