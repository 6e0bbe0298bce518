import type { Json } from '../contracts/json.ts'

/** An account at a provider, as stored; credentials are decrypted by the store and never leave the process. */
export interface Integration {
  readonly id: number
  readonly tenantId: number
  readonly name: string
  /** Validated by the connector's schema: base URL, user name, credentials and settings merged. */
  readonly config: { readonly [key: string]: Json }
  readonly active: boolean
}

export interface Job {
  readonly id: number
  readonly tenantId: number
  readonly name: string
  readonly connector: string
  readonly integrationId: number | null
  readonly active: boolean
  readonly scheduleIntervalMinutes: number
  readonly retryIntervalMinutes: number
}

/** Where jobs and integrations are kept. */
export interface JobStore {
  job(tenantId: number, jobId: number): Promise<Job | undefined>
  integration(tenantId: number, integrationId: number): Promise<Integration | undefined>
}
