import { type JobSchedule, nextRunAt, RUN_MODES } from '@millrace/core'
import type { Tx } from '../database/database.ts'

/** Backfills and the like shift no schedule. */
const SCHEDULED_MODES = Object.entries(RUN_MODES).flatMap(([mode, { movesWatermark }]) =>
  movesWatermark ? [mode] : [],
)

/**
 * Locks the job. A run that failed for a passing reason left debt that the next run adopts. Of a job that was taken over
 * from the older product only the time is known. $1 job · $2 modes that count
 */
const READ_SCHEDULE = `
  SELECT j.active AND j.integration_id IS NOT NULL AS active,
    j.schedule_interval_minutes AS "scheduleIntervalMinutes", j.retry_interval_minutes AS "retryIntervalMinutes",
    CASE WHEN EXISTS (SELECT FROM etl_runs r WHERE r.job_id = j.id)
      THEN (SELECT r.started_at FROM etl_runs r WHERE r.job_id = j.id AND r.mode = ANY ($2) ORDER BY r.id DESC LIMIT 1)
      ELSE j.last_run_started_at END AS "lastRunStartedAt", j.last_run_finished_at AS "lastRunFinishedAt", millrace_now() AS now,
    j.overall = 'FAILED' AND EXISTS (
      SELECT FROM etl_job_queue q
       WHERE q.job_id = j.id AND q.run_id = j.last_run_id AND q.status = 'dead' AND q.error_transient) AS "retrySoon"
    FROM etl_jobs j WHERE j.id = $1 FOR NO KEY UPDATE OF j`

/** $1 job · $2 when it is due, or null */
const SET_NEXT_RUN = 'UPDATE etl_jobs SET next_run_at = $2, schedule_note = NULL WHERE id = $1'

/** Says anew when a job is due, after what decides it has changed. */
export async function scheduleAnew(tx: Tx, jobId: number): Promise<void> {
  const schedule = await readSchedule(tx, jobId)
  if (schedule) await tx.execute(SET_NEXT_RUN, [jobId, nextRunAt(schedule, schedule.now)])
}

/** Reads what decides when a job is due, by the database's clock, and locks the job. A job without integration never is. */
export async function readSchedule(tx: Tx, jobId: number): Promise<(JobSchedule & { readonly now: Date }) | undefined> {
  const [found] = await tx.query<JobSchedule & { readonly now: Date }>(READ_SCHEDULE, [jobId, SCHEDULED_MODES])
  return found
}
