import { type MemoryJobStore, memoryJobStore } from '../memory/memory-job-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { Job } from '../ports/job-store.ts'

const IDS = [1, 2]

/** For tests of what is kept in memory: two tenants with an integration and a job each, all under the tenant's number. */
export function twoTenantsWithJobs(clock: Clock): {
  readonly jobStore: MemoryJobStore
  readonly job: { readonly jobId: number; readonly tenantId: number }
  readonly otherTenantJob: { readonly jobId: number; readonly tenantId: number }
} {
  const jobs = IDS.map(
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
  const integrations = IDS.map((id) => ({ id, tenantId: id, name: 'Tracker', config: {}, active: true }))
  return {
    jobStore: memoryJobStore({ jobs, integrations }, clock),
    job: { jobId: 1, tenantId: 1 },
    otherTenantJob: { jobId: 2, tenantId: 2 },
  }
}
