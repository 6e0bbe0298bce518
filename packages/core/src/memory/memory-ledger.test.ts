import { test } from 'vitest'
import type { Job } from '../ports/job-store.ts'
import { ledgerConformance } from '../testing/ledger-conformance.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { memoryJobStore } from './memory-job-store.ts'
import { memoryLedger } from './memory-ledger.ts'

const jobs = [1, 2].map(
  (id): Job => ({
    id,
    tenantId: id,
    name: 'Tracker',
    connector: 'tracker',
    integrationId: id,
    active: true,
    scheduleIntervalMinutes: 60,
    retryIntervalMinutes: 15,
  }),
)
const integrations = [1, 2].map((id) => ({ id, tenantId: id, name: 'Tracker', config: {}, active: true }))

for (const { name, run } of ledgerConformance(() => {
  const clock = virtualClock()
  return {
    ledger: memoryLedger({ jobStore: memoryJobStore({ jobs, integrations }), clock, keepRaw: true }),
    job: { jobId: 1, tenantId: 1 },
    otherTenantJob: { jobId: 2, tenantId: 2 },
    advanceTime: (ms) => clock.advance(ms),
    close: () => undefined,
  }
})) {
  test(name, run)
}
