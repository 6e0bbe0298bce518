import type { Job } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { sqlState } from '../database/database-error.ts'

/** What people say about a job. */
export interface JobSettings {
  /** A label; several jobs may share it. */
  readonly name: string
  readonly connector: string
  readonly integrationId: number | null
  /** @default 360 */
  readonly scheduleIntervalMinutes?: number
  /** Less than the schedule's. @default 15 */
  readonly retryIntervalMinutes?: number
  /** @default true */
  readonly active?: boolean
}

const INSERT = `
  INSERT INTO etl_jobs (tenant_id, job_name, connector, integration_id, schedule_interval_minutes,
    retry_interval_minutes, active, next_run_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, millrace_now())
  RETURNING id`

/**
 * Values that are null stay; $4 tells whether the integration is named. A job that starts to be runnable is due at once;
 * a new interval counts from the last start, except after a failure, when a retry may be near.
 */
const UPDATE = `
  UPDATE etl_jobs SET
    job_name = coalesce($2, job_name),
    connector = coalesce($3, connector),
    integration_id = CASE WHEN $4::boolean THEN $5::integer ELSE integration_id END,
    schedule_interval_minutes = coalesce($6, schedule_interval_minutes),
    retry_interval_minutes = coalesce($7, retry_interval_minutes),
    active = coalesce($8, active),
    next_run_at = CASE
      WHEN (NOT active AND $8) OR (integration_id IS NULL AND $5::integer IS NOT NULL) THEN millrace_now()
      WHEN $6::integer IS NOT NULL AND overall <> 'FAILED' AND last_run_started_at IS NOT NULL
        THEN last_run_started_at + $6::integer * interval '1 minute'
      ELSE next_run_at END,
    last_updated_at = millrace_now()
  WHERE id = $1`

/** Another account is read from its beginning. $1 job · $2 whether the integration is named · $3 the integration */
const FORGET_WATERMARKS = `
  DELETE FROM unit_watermarks w USING etl_jobs j
   WHERE w.job_id = $1 AND j.id = $1 AND $2::boolean AND j.integration_id IS DISTINCT FROM $3::integer`

const FIND = `
  SELECT id, job_name, connector, integration_id, active, schedule_interval_minutes, retry_interval_minutes
    FROM etl_jobs WHERE id = $1`

/**
 * Stores a job. @returns its id
 *
 * @throws INVALID_CONFIG when the retry interval is not less than the schedule's, or the integration is not the tenant's
 */
export async function createJob(db: Database, job: { readonly tenantId: number } & JobSettings): Promise<number> {
  return checked('create', async () => {
    const [created] = await db.query<{ id: number }>(tenant(job.tenantId), INSERT, [
      job.tenantId,
      job.name,
      job.connector,
      job.integrationId,
      job.scheduleIntervalMinutes ?? 360,
      job.retryIntervalMinutes ?? 15,
      job.active ?? true,
    ])
    return Number(created?.id)
  })
}

/**
 * Changes what is given and leaves the rest; with another integration, the next run reads everything. @returns whether
 * there is such a job
 *
 * @throws INVALID_CONFIG as `createJob`
 */
export async function updateJob(
  db: Database,
  options: { readonly tenantId: number; readonly jobId: number; readonly changes: Partial<JobSettings> },
): Promise<boolean> {
  const { changes } = options
  return checked('change', () =>
    db.transaction(tenant(options.tenantId), async (tx) => {
      const integration = [changes.integrationId !== undefined, changes.integrationId ?? null]
      await tx.execute(FORGET_WATERMARKS, [options.jobId, ...integration])
      const changed = await tx.execute(UPDATE, [
        options.jobId,
        changes.name ?? null,
        changes.connector ?? null,
        ...integration,
        changes.scheduleIntervalMinutes ?? null,
        changes.retryIntervalMinutes ?? null,
        changes.active ?? null,
      ])
      return changed > 0
    }),
  )
}

/** Reads a job of the transaction's tenant. */
export async function findJob(tx: Tx, tenantId: number, jobId: number): Promise<Job | undefined> {
  const [found] = await tx.query<{
    id: number
    job_name: string
    connector: string
    integration_id: number | null
    active: boolean
    schedule_interval_minutes: number
    retry_interval_minutes: number
  }>(FIND, [jobId])
  if (!found) return undefined
  return {
    id: found.id,
    tenantId,
    name: found.job_name,
    connector: found.connector,
    integrationId: found.integration_id,
    active: found.active,
    scheduleIntervalMinutes: found.schedule_interval_minutes,
    retryIntervalMinutes: found.retry_interval_minutes,
  }
}

const REASONS: { readonly [sqlState: string]: string } = {
  '23514': 'its retry interval must be at least a minute and less than the interval of its schedule',
  '23503': 'the tenant has no such integration',
}

async function checked<T>(verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = REASONS[sqlState(error) ?? '']
    if (!reason) throw error
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to ${verb} the job: ${reason}. Correct it and try again.`,
      cause: error,
    })
  }
}
