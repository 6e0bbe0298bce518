import type { JobStatus, StageCounters } from '@millrace/core'
import { type Database, ENGINE } from '@millrace/sink-postgres'

export interface LiveJob {
  readonly jobId: number
  readonly tenantId: number
  readonly status: JobStatus
}

export interface LiveProgress {
  readonly jobId: number
  readonly tenantId: number
  readonly runId: number
  readonly counters: readonly StageCounters[]
  readonly totals: {
    readonly api_calls: number
    readonly rows_written: number
    readonly rows_removed: number
    readonly embeddings_queued: number
    readonly embedded: number
  }
}

/** $1 tenants */
const READ_JOBS = `
  SELECT id AS "jobId", tenant_id AS "tenantId", status FROM etl_jobs WHERE tenant_id = ANY ($1::integer[])`

/** Of runs that are under way. $1 tenants */
const READ_PROGRESS = `
  SELECT r.job_id AS "jobId", r.tenant_id AS "tenantId", r.id AS "runId",
    jsonb_agg(jsonb_build_object('step', s.step, 'stage', s.stage, 'state', s.state, 'planned', s.planned, 'done', s.done,
      'dead', s.dead) ORDER BY s.step, s.stage) AS counters,
    jsonb_build_object('api_calls', sum(s.api_calls), 'rows_written', sum(s.rows_written),
      'rows_removed', sum(s.rows_removed), 'embeddings_queued', sum(s.embeddings_queued), 'embedded', sum(s.embedded))
      AS totals
    FROM etl_runs r JOIN etl_run_steps s ON s.run_id = r.id
   WHERE r.state = 'running' AND r.tenant_id = ANY ($1::integer[])
   GROUP BY r.job_id, r.tenant_id, r.id`

/** The status documents of the tenants' jobs. */
export function readLiveJobs(db: Database, tenantIds: readonly number[]): Promise<LiveJob[]> {
  return db.query<LiveJob>(ENGINE, READ_JOBS, [tenantIds])
}

export function readLiveProgress(db: Database, tenantIds: readonly number[]): Promise<LiveProgress[]> {
  return db.query<LiveProgress>(ENGINE, READ_PROGRESS, [tenantIds])
}
