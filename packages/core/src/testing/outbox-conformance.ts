import type { Tier } from '../messages/queue-names.ts'
import type { Outbox } from '../ports/outbox.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { type LedgerFixture, ledgerBench } from './ledger/ledger-bench.ts'
import { OUTBOX_SENTENCES } from './outbox/sentences.ts'

/** What an outbox under test comes with: its ledger, whose two tenants are of the tier `free`. */
export interface OutboxFixture extends LedgerFixture {
  readonly outbox: Outbox
  /** How many raw records of a run may wait; a small number. */
  readonly maxPendingRaw: number
  setTier(tenantId: number, tier: Tier): Promise<void> | void
}

/**
 * What the port `Outbox` promises, as tests for any runner.
 *
 * @param make an outbox of a ledger without runs, and two jobs of two tenants; called once per test
 * @example
 * for (const { name, run } of outboxConformance(make)) test(name, run)
 */
export function outboxConformance(make: () => Promise<OutboxFixture> | OutboxFixture): readonly ConformanceCase[] {
  return OUTBOX_SENTENCES.map(({ name, prove }) => ({
    name,
    async run() {
      const fixture = await make()
      try {
        await prove({ ...ledgerBench(fixture), ...fixture })
      } finally {
        await fixture.close()
      }
    },
  }))
}
