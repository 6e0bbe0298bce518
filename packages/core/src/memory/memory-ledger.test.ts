import { test } from 'vitest'
import { ledgerConformance } from '../testing/ledger-conformance.ts'
import { twoTenantsWithJobs } from '../testing/two-tenants.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { memoryLedger } from './memory-ledger.ts'

for (const { name, run } of ledgerConformance(() => {
  const clock = virtualClock()
  const { jobStore, ...jobs } = twoTenantsWithJobs(clock)
  return {
    ...jobs,
    ledger: memoryLedger({ jobStore, clock, keepRaw: true }),
    advanceTime: (ms) => clock.advance(ms),
    close: () => undefined,
  }
})) {
  test(name, run)
}
