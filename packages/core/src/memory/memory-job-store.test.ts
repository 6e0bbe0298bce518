import { test } from 'vitest'
import { jobStoreConformance } from '../testing/job-store-conformance.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { memoryJobStore } from './memory-job-store.ts'
import { memoryLedger } from './memory-ledger.ts'

const cases = jobStoreConformance(() => {
  const clock = virtualClock()
  const accounts = [1, 2].map((id) => ({ id, tenantId: id, name: 'tracker', active: true }))
  const schedule = { connector: 'tracker', scheduleIntervalMinutes: 60, retryIntervalMinutes: 5 }
  const jobs = accounts.map((account) => ({ ...account, ...schedule, integrationId: account.id }))
  const jobStore = memoryJobStore(
    { jobs, integrations: accounts.map((account) => ({ ...account, config: {} })) },
    clock,
  )
  return {
    jobStore,
    ledger: memoryLedger({ jobStore, clock }),
    job: { jobId: 1, tenantId: 1 },
    otherTenantJob: { jobId: 2, tenantId: 2 },
    setJobActive: ({ jobId }, active) => jobStore.setJobActive(jobId, active),
    advanceTime: (ms) => clock.advance(ms),
    close: () => undefined,
  }
})

for (const { name, run } of cases) test(name, run)
