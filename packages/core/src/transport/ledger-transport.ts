import { filter, Observable } from 'rxjs'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Delivery, Transport } from '../ports/transport.ts'

export interface LedgerTransportOptions {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /**
   * How long to wait for a wake-up before looking anyway, in milliseconds; jittered by a quarter.
   * @default 1_000
   */
  readonly pollMs?: number
}

/** The ledger itself as the queue: the default for a process on its own, and for several without a broker. */
export function ledgerTransport(options: LedgerTransportOptions): Transport {
  const { ledger, clock, random, log, pollMs = 1_000 } = options
  return {
    name: ledger.kind,
    deliveries: ({ prefetch, ...request }) =>
      new Observable<Delivery>((subscriber) => {
        const stop = new AbortController()
        let held = 0
        let wake: () => void = () => undefined
        let woken = false
        const signalWork = (): void => {
          woken = true
          wake()
        }
        const acknowledge = (): void => {
          held -= 1
          signalWork()
        }

        const fill = async (): Promise<void> => {
          while (held < prefetch && !stop.signal.aborted) {
            const leases = await ledger.claim({ ...request, limit: prefetch - held })
            if (leases.length === 0) return
            held += leases.length
            for (const lease of leases) subscriber.next({ lease, ack: once(acknowledge) })
          }
        }
        const rest = async (): Promise<void> => {
          const nap = new AbortController()
          wake = () => nap.abort()
          if (woken || stop.signal.aborted) nap.abort()
          const delayMs = pollMs * (0.75 + random.next() / 2)
          await clock.sleep(delayMs, nap.signal).catch(() => undefined)
        }
        const loop = async (): Promise<void> => {
          while (!stop.signal.aborted) {
            woken = false
            await fill().catch((error: unknown) => {
              log.warn({ error: String(error) }, 'Failed to claim work: the ledger does not answer. Trying again.')
            })
            await rest()
          }
        }

        const wakeUps = ledger.changes.pipe(filter((change) => change.kind === 'work')).subscribe(signalWork)
        void loop()
        return () => {
          stop.abort()
          wakeUps.unsubscribe()
          wake()
        }
      }),
  }
}

function once(callback: () => void): () => void {
  let called = false
  return () => {
    if (!called) callback()
    called = true
  }
}
