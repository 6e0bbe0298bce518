import { CUSTOM_FIELDS_QUEUE, type ExternalRequest, MillraceError, type Runtime } from '@millrace/core'
import { type Database, listJobs } from '@millrace/sink-postgres'

/**
 * Starts the runs that others ask for by a message on `etl.jobs`, or on `etl.custom_fields` for the custom fields alone. The
 * message's tenant must have the job, and the job must read the integration that is named.
 *
 * @throws NOT_FOUND when that is not so; whatever `startRun` throws
 */
export function requestedRuns(
  db: Database,
  runtime: () => Pick<Runtime, 'startRun'>,
): (request: ExternalRequest) => Promise<void> {
  return async ({ queue, body }) => {
    const { tenant_id: tenantId, job_id: jobId, integration_id: integrationId, config, priority } = body
    const [job] = await listJobs(db, { tenantId, jobId })
    if (job?.integrationId !== integrationId) {
      throw new MillraceError('NOT_FOUND', {
        message: `Failed to start a run: tenant ${tenantId} has no job ${jobId} that reads integration ${integrationId}. List its jobs.`,
        context: { tenantId, jobId, integrationId },
      })
    }
    const mode = config.full_sync ? 'full' : 'incremental'
    await runtime().startRun({
      tenantId,
      jobId,
      mode: queue === CUSTOM_FIELDS_QUEUE ? 'custom_fields' : mode,
      priority,
      ...(config.batch_size !== undefined && { batchSize: config.batch_size }),
      ...(config.include_custom_fields !== undefined && { includeCustomFields: config.include_custom_fields }),
    })
  }
}
