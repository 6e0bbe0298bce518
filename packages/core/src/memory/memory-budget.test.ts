import { test } from 'vitest'
import { budgetConformance } from '../testing/budget-conformance.ts'
import { twoTenantsWithJobs } from '../testing/two-tenants.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { memoryBudget } from './memory-budget.ts'
import { memoryLedger } from './memory-ledger.ts'

for (const { name, run } of budgetConformance(() => {
  const clock = virtualClock()
  const budget = memoryBudget({ clock })
  const { jobStore, ...jobs } = twoTenantsWithJobs(clock)
  return {
    ...jobs,
    budget,
    ledger: memoryLedger({ jobStore, clock, budget, keepRaw: true }),
    now: () => clock.now(),
    advanceTime: (ms) => clock.advance(ms),
    close: () => undefined,
  }
})) {
  test(name, run)
}
