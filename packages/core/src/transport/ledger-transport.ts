import { defer, filter, merge, Subject } from 'rxjs'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Delivery, Subscription, Transport } from '../ports/transport.ts'
import { clockScheduler } from '../streams/clock-scheduler.ts'
import { pollWithWakeups } from '../streams/poll-with-wakeups.ts'

export interface LedgerTransportOptions {
  readonly ledger: Pick<Ledger, 'changes' | 'claim' | 'kind'>
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
export function ledgerTransport({ ledger, clock, random, log, pollMs = 1_000 }: LedgerTransportOptions): Transport {
  const due = ledger.changes.pipe(filter((change) => change.kind === 'work'))

  async function* claimFree(
    { prefetch, claim = (wanted) => ledger.claim(wanted), ...request }: Subscription,
    held: Set<object>,
    acknowledged: Subject<void>,
  ): AsyncGenerator<Delivery, void, undefined> {
    // Other processes are woken up by the same change: who wants many rows takes them little by little, so that all get some.
    for (let share = 1; held.size < prefetch; share *= 2) {
      const limit = Math.min(share, prefetch - held.size)
      const leases = await claim({ ...request, limit }).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'Failed to claim work: the ledger does not answer. Trying again.')
        return []
      })
      if (leases.length === 0) return
      for (const lease of leases) held.add(lease)
      for (const lease of leases) {
        const ack = (): void => {
          held.delete(lease)
          acknowledged.next()
        }
        yield { lease, ack }
      }
    }
  }

  return {
    name: ledger.kind,
    deliveries: (subscription) =>
      defer(() => {
        const held = new Set<object>()
        const acknowledged = new Subject<void>()
        return pollWithWakeups(() => claimFree(subscription, held, acknowledged), {
          wakeups: merge(due, acknowledged),
          intervalMs: pollMs,
          random,
          scheduler: clockScheduler(clock),
        })
      }),
  }
}
