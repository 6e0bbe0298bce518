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

/**
 * Where jobs and integrations are kept, and when each job is due. The ledger tells when runs start and end; from then on
 * a job's next time is what `nextRunAt` says.
 */
export interface JobStore {
  job(tenantId: number, jobId: number): Promise<Job | undefined>
  integration(tenantId: number, integrationId: number): Promise<Integration | undefined>
  /**
   * Claims jobs that are due by the store's clock, the longest overdue first: active, with an integration, not running. A
   * claim makes the job due again when it ends, and so hides it from other schedulers until then: of any number that
   * claim at once, one gets it. Nobody has to give a claim back; a scheduler that dies only delays the job.
   */
  claimDue(request: ClaimDue): Promise<readonly DueJob[]>
  /**
   * Ends a claim without a run: the job keeps the note, for people, until it is started or changed.
   *
   * @returns whether the claim was still this scheduler's; otherwise nothing is written
   */
  skip(claim: DueJob, skip: Skip): Promise<boolean>
}

export interface ClaimDue {
  /**
   * Connectors that this program has. A job of another one is left to schedulers that may have it, and claimed only when
   * none of them did for the length of a claim.
   */
  readonly connectors: readonly string[]
  readonly limit: number
  /** How long a claim lasts. */
  readonly holdMs: number
}

/** A job that is due, claimed. */
export interface DueJob {
  readonly job: Job
  /** The end of the claim. Whoever names another one has lost it. */
  readonly claimedUntil: Date
}

export interface Skip {
  readonly note: string
  /** Look again after the retry interval instead of the schedule's. */
  readonly soon: boolean
}
