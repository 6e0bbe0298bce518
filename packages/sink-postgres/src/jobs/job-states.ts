import type { Job, JobStatus, Json, Overall } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { JOB_COLUMNS, type JobRow, jobOf } from './jobs.ts'

/** A job as people see it: its settings, how it is, and when it runs. */
export interface JobState extends Job {
  readonly overall: Overall
  readonly status: JobStatus
  /** Null when it is not due at all: inactive, or without an integration. */
  readonly nextRunAt: Date | null
  readonly lastRunId: number | null
  readonly lastRunStartedAt: Date | null
  readonly lastRunFinishedAt: Date | null
  /** What died in the last run; null when nothing did. */
  readonly errorMessage: string | null
  /** Why it did not run the last time that it was due; null when it did. */
  readonly scheduleNote: string | null
  /** Failures since the last run that finished. */
  readonly retryCount: number
  /** How far its steps have come, for people. */
  readonly checkpoint: Json
  readonly createdAt: Date
  readonly lastUpdatedAt: Date
}

/** $1 job, or null for all */
const READ_STATES = `
  SELECT ${JOB_COLUMNS}, j.overall, j.status, j.next_run_at, j.last_run_id, j.last_run_started_at, j.last_run_finished_at,
    j.error_message, j.schedule_note, j.retry_count, j.checkpoint_data, j.created_at, j.last_updated_at
    FROM etl_jobs j WHERE $1::integer IS NULL OR j.id = $1 ORDER BY j.id`

interface StateRow extends JobRow {
  readonly overall: Overall
  readonly status: JobStatus
  readonly next_run_at: Date | null
  readonly last_run_id: number | null
  readonly last_run_started_at: Date | null
  readonly last_run_finished_at: Date | null
  readonly error_message: string | null
  readonly schedule_note: string | null
  readonly retry_count: number
  readonly checkpoint_data: Json
  readonly created_at: Date
  readonly last_updated_at: Date
}

/** The jobs of a tenant, or the one that is named. */
export async function listJobs(
  db: Database,
  { tenantId, jobId = null }: { readonly tenantId: number; readonly jobId?: number | null },
): Promise<readonly JobState[]> {
  const rows = await db.query<StateRow>(tenant(tenantId), READ_STATES, [jobId])
  return rows.map((row) => ({
    ...jobOf(row, tenantId),
    overall: row.overall,
    status: row.status,
    nextRunAt: row.next_run_at,
    lastRunId: row.last_run_id,
    lastRunStartedAt: row.last_run_started_at,
    lastRunFinishedAt: row.last_run_finished_at,
    errorMessage: row.error_message,
    scheduleNote: row.schedule_note,
    retryCount: row.retry_count,
    checkpoint: row.checkpoint_data,
    createdAt: row.created_at,
    lastUpdatedAt: row.last_updated_at,
  }))
}
