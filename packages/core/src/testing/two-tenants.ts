import type { MemoryJobStore } from '../memory/memory-job-store.ts'
import type { Clock } from '../ports/clock.ts'
import { jobsOf } from './jobs-of.ts'

/** For tests of what is kept in memory: two tenants with an integration and a job each, all under the tenant's number. */
export function twoTenantsWithJobs(clock: Clock): {
  readonly jobStore: MemoryJobStore
  readonly job: { readonly jobId: number; readonly tenantId: number }
  readonly otherTenantJob: { readonly jobId: number; readonly tenantId: number }
} {
  return {
    jobStore: jobsOf('tracker', { tenantIds: [1, 2], clock }),
    job: { jobId: 1, tenantId: 1 },
    otherTenantJob: { jobId: 2, tenantId: 2 },
  }
}
