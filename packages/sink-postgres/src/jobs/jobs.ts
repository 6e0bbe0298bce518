import type { Job } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { sqlState } from '../database/database-error.ts'
import { scheduleAnew } from './job-schedule.ts'
import { checkJobSettings } from './job-settings.ts'

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
  VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7 AND $4::integer IS NOT NULL THEN millrace_now() END)
  RETURNING id`

/** Values that are null stay; $4 tells whether the integration is named. */
const UPDATE = `
  UPDATE etl_jobs SET
    job_name = coalesce($2, job_name),
    connector = coalesce($3, connector),
    integration_id = CASE WHEN $4::boolean THEN $5::integer ELSE integration_id END,
    schedule_interval_minutes = coalesce($6, schedule_interval_minutes),
    retry_interval_minutes = coalesce($7, retry_interval_minutes),
    last_updated_at = millrace_now()
  WHERE id = $1`

/** Another account is read from its beginning. $1 job · $2 whether the integration is named · $3 the integration */
const FORGET_WATERMARKS = `
  DELETE FROM unit_watermarks w USING etl_jobs j
   WHERE w.job_id = $1 AND j.id = $1 AND $2::boolean AND j.integration_id IS DISTINCT FROM $3::integer`

/** Of etl_jobs as `j`. */
export const JOB_COLUMNS =
  'j.id, j.job_name, j.connector, j.integration_id, j.active, j.schedule_interval_minutes, j.retry_interval_minutes'

export interface JobRow {
  readonly id: number
  readonly job_name: string
  readonly connector: string
  readonly integration_id: number | null
  readonly active: boolean
  readonly schedule_interval_minutes: number
  readonly retry_interval_minutes: number
}

const FIND = `SELECT ${JOB_COLUMNS} FROM etl_jobs j WHERE j.id = $1`

/**
 * Stores a job. @returns its id
 *
 * @throws INVALID_CONFIG when an interval is not between a minute and a year, the retry interval is not less than the
 *   schedule's, or the integration is not the tenant's
 */
export async function createJob(db: Database, job: { readonly tenantId: number } & JobSettings): Promise<number> {
  checkJobSettings('create', job)
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
 * Changes what is given and leaves the rest, and says anew when the job is due; with another integration, the next run
 * reads everything. `setJobActive` switches it on and off. @returns whether there is such a job
 *
 * @throws INVALID_CONFIG as `createJob`
 */
export async function updateJob(
  db: Database,
  options: {
    readonly tenantId: number
    readonly jobId: number
    readonly changes: Partial<Omit<JobSettings, 'active'>>
  },
): Promise<boolean> {
  const { changes } = options
  checkJobSettings('change', changes)
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
      ])
      await scheduleAnew(tx, options.jobId)
      return changed > 0
    }),
  )
}

/** Reads a job of the transaction's tenant. */
export async function findJob(tx: Tx, tenantId: number, jobId: number): Promise<Job | undefined> {
  const [found] = await tx.query<JobRow>(FIND, [jobId])
  return found && jobOf(found, tenantId)
}

export function jobOf(found: JobRow, tenantId: number): Job {
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
