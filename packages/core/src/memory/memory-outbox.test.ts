import { test } from 'vitest'
import type { Tier } from '../messages/queue-names.ts'
import { outboxConformance } from '../testing/outbox-conformance.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { memoryJobStore } from './memory-job-store.ts'
import { memoryLedger } from './memory-ledger.ts'

const JOB = { connector: 'tracker', active: true, scheduleIntervalMinutes: 60, retryIntervalMinutes: 5 }
const INTEGRATION = { name: 'Tracker', config: {}, active: true }

const cases = outboxConformance(() => {
  const clock = virtualClock()
  const jobStore = memoryJobStore({
    integrations: [1, 2].map((id) => ({ ...INTEGRATION, id, tenantId: id })),
    jobs: [1, 2].map((id) => ({ ...JOB, id, tenantId: id, integrationId: id, name: 'Tracker' })),
  })
  const tiers = new Map<number, Tier>()
  const maxPendingRaw = 3
  const tierOf = (tenantId: number): Tier => tiers.get(tenantId) ?? 'free'
  const ledger = memoryLedger({ jobStore, clock, maxPendingRaw, tierOf })
  return {
    ledger,
    outbox: ledger.outbox,
    maxPendingRaw,
    job: { jobId: 1, tenantId: 1 },
    otherTenantJob: { jobId: 2, tenantId: 2 },
    advanceTime: (ms) => clock.advance(ms),
    setTier: (tenantId, tier) => void tiers.set(tenantId, tier),
    close: () => undefined,
  }
})
for (const { name, run } of cases) test(name, run)
