import type { Integration, Job, JobStore } from '../ports/job-store.ts'

/** Jobs and integrations given once, for programs that run a job by themselves. */
export function memoryJobStore(content: {
  readonly jobs: readonly Job[]
  readonly integrations: readonly Integration[]
}): JobStore {
  return {
    job: async (tenantId, jobId) => content.jobs.find((job) => job.id === jobId && job.tenantId === tenantId),
    integration: async (tenantId, integrationId) =>
      content.integrations.find((found) => found.id === integrationId && found.tenantId === tenantId),
  }
}
