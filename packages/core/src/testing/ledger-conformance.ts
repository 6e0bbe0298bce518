import type { ConformanceCase } from './conformance-case.ts'
import { BIRTHS } from './ledger/births.ts'
import { COMPLETION } from './ledger/completion.ts'
import { LEASES } from './ledger/leases.ts'
import { type LedgerFixture, ledgerBench } from './ledger/ledger-bench.ts'
import { RECOVERY } from './ledger/recovery.ts'
import { RUNS } from './ledger/runs.ts'

export type { LedgerFixture } from './ledger/ledger-bench.ts'

/**
 * What the port `Ledger` promises, as tests for any runner.
 *
 * @param make a ledger without runs, and two jobs of two tenants; called once per test
 * @example
 * for (const { name, run } of ledgerConformance(make)) test(name, run)
 */
export function ledgerConformance(make: () => Promise<LedgerFixture> | LedgerFixture): readonly ConformanceCase[] {
  return [...LEASES, ...BIRTHS, ...COMPLETION, ...RUNS, ...RECOVERY].map(({ name, prove }) => ({
    name,
    async run() {
      const fixture = await make()
      try {
        await prove(ledgerBench(fixture))
      } finally {
        await fixture.close()
      }
    },
  }))
}
