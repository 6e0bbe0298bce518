import type { JobStore } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { claimDueJobs, skipJob } from './claim-due.ts'
import { findIntegration } from './integrations.ts'
import { findJob } from './jobs.ts'
import type { Secrets } from './secrets.ts'

/** Jobs and integrations in PostgreSQL, credentials sealed. */
export function postgresJobStore(db: Database, options: { readonly secrets: Secrets }): JobStore {
  return {
    claimDue: (request) => claimDueJobs(db, request),
    skip: (claim, skip) => skipJob(db, claim, skip),
    job: (tenantId, jobId) => db.transaction(tenant(tenantId), (tx) => findJob(tx, tenantId, jobId)),
    integration: (tenantId, integrationId) =>
      db.transaction(tenant(tenantId), (tx) => findIntegration(tx, options.secrets, tenantId, integrationId)),
  }
}
