import type { Connector, Integration, JobStore } from '@millrace/core'
import {
  createIntegration,
  createJob,
  type Database,
  type Secrets,
  setIntegrationActive,
  setJobActive,
  tenant,
  updateIntegration,
  updateJob,
} from '@millrace/sink-postgres'
import type { Source } from './source.ts'

/** The rows that name what runs. */
export interface JobRows {
  readonly tenantId: number
  readonly jobId: number
  readonly name: string
  readonly connector: Connector
  readonly integration: Integration
}

/** The seeded job of this name has no integration yet. $1 name of the integration · $2 of the job */
const FIND = `
  SELECT (SELECT id FROM integrations WHERE name = $1 ORDER BY id LIMIT 1) AS "integrationId",
    (SELECT id FROM etl_jobs WHERE job_name = $2 ORDER BY id LIMIT 1) AS "jobId"`

/**
 * Makes sure that the integration and the job exist and lead to the source: its address and token may be others than last
 * time. A crash in between leaves nothing that the next start does not find.
 */
export async function ensureJob(
  db: Database,
  jobStore: JobStore,
  options: { readonly secrets: Secrets; readonly tenantId: number; readonly source: Source },
): Promise<JobRows> {
  const { tenantId, secrets, source } = options
  const { connector, baseUrl, username = null, credentials, settings } = source
  const [found] = await db.query<{ integrationId: number | null; jobId: number | null }>(tenant(tenantId), FIND, [
    source.integration,
    source.job,
  ])
  const account = { name: source.integration, type: connector.name, baseUrl, username, credentials, settings }

  const integrationId = found?.integrationId ?? (await createIntegration(db, { tenantId, secrets, ...account }))
  if (found?.integrationId) {
    await updateIntegration(db, { tenantId, secrets, integrationId, changes: account })
    await setIntegrationActive(db, { tenantId, integrationId, active: true })
  }

  const changes = { name: source.job, connector: connector.name, integrationId }
  const jobId = found?.jobId ?? (await createJob(db, { tenantId, ...changes }))
  if (found?.jobId) {
    await updateJob(db, { tenantId, jobId, changes })
    await setJobActive(db, { tenantId, jobId, active: true, connectors: [connector.name] })
  }

  const integration = await jobStore.integration(tenantId, integrationId)
  if (!integration) throw new Error(`Failed to read integration ${integrationId}: it is gone. Start again.`)
  return { tenantId, jobId, name: source.job, connector, integration }
}
