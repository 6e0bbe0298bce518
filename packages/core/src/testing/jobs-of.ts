import { type MemoryJobStore, memoryJobStore } from '../memory/memory-job-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { Integration } from '../ports/job-store.ts'

interface JobsOptions {
  /** @default tenant 1 alone */
  readonly tenantIds?: readonly number[]
  /** The settings of a tenant's integration. @default none */
  readonly config?: (tenantId: number) => Integration['config']
  /** @default the machine's */
  readonly clock?: Clock
}

/** For tests: each tenant has an integration and an hourly job of the connector, both under the tenant's number. */
export function jobsOf(connector: string, options: JobsOptions = {}): MemoryJobStore {
  const { tenantIds = [1], config = () => ({}), clock } = options
  const account = (id: number) => ({ id, tenantId: id, name: connector, active: true })
  const schedule = { scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }
  const jobs = tenantIds.map((id) => ({ ...account(id), ...schedule, connector, integrationId: id }))
  const integrations = tenantIds.map((id) => ({ ...account(id), config: config(id) }))
  return memoryJobStore({ jobs, integrations }, clock)
}
