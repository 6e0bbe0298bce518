import { type JobType, jobStatus, type Overall, type RunState } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { type LockedRun, lockRun } from './locked-run.ts'
import { toJsonb } from './to-jsonb.ts'

/** What a run's state means for its job. */
export const OVERALL = {
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'READY',
} as const satisfies { readonly [State in RunState]: Overall }

/** The revision is the job's, so that it grows from run to run. $1 job · $2 the document · $3 run */
const WRITE_DOCUMENT = `
  WITH job AS (
    UPDATE etl_jobs SET
      status_revision = status_revision + 1,
      status = $2::jsonb || jsonb_build_object('revision', status_revision + 1),
      last_updated_at = millrace_now()
    WHERE id = $1
    RETURNING status_revision
  )
  UPDATE etl_runs SET revision = job.status_revision FROM job WHERE id = $3`

/** What died in a run, the most frequent first. $1 run · $2 its job, by which dead rows are found */
const SUMMARIZE_DEAD = `
  SELECT step, job_type, error_code, count(*) AS count, bool_or(error_transient) AS transient,
    min(error_details ->> 'message') AS message
    FROM etl_job_queue WHERE run_id = $1 AND job_id = $2 AND status = 'dead'
   GROUP BY step, job_type, error_code ORDER BY count(*) DESC, step, job_type, error_code`

/**
 * Closes the job's books. A run that left transient debt is tried again soon; otherwise the schedule goes on, as it does
 * whatever a replay did, which asks the provider for nothing. The checkpoint is for people: where each step's units are.
 *
 * $1 job · $2 run state · $3 error message · $4 whether to retry soon
 */
const END_JOB = `
  UPDATE etl_jobs SET
    last_run_finished_at = millrace_now(),
    error_message = $3,
    retry_count = CASE WHEN $2 = 'failed' THEN retry_count + 1 ELSE 0 END,
    next_run_at = CASE WHEN (SELECT mode FROM etl_runs WHERE id = last_run_id) = 'replay' THEN next_run_at
      WHEN $4::boolean THEN millrace_now() + retry_interval_minutes * interval '1 minute'
      ELSE last_run_started_at + schedule_interval_minutes * interval '1 minute' END,
    checkpoint_data = nullif(coalesce(checkpoint_data, '{}') || coalesce((
      SELECT jsonb_build_object('last_sync_date', to_char(min(oldest) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'steps', jsonb_object_agg(step, jsonb_build_object('units', units,
            'oldest', to_char(oldest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'newest', to_char(newest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))))
        FROM (SELECT step, count(*) AS units, min(until) AS oldest, max(until) AS newest
                FROM unit_watermarks WHERE job_id = $1 GROUP BY step) AS steps
      HAVING count(*) > 0), '{}'), '{}')
  WHERE id = $1`

/** Writes the job's status document as the run is now. */
export async function announceStatus(tx: Tx, runId: number): Promise<void> {
  const run = await lockRun(tx, runId)
  if (!run) return
  const { revision: _ours, ...document } = jobStatus(OVERALL[run.state], 0, run.graph, run.counters)
  await tx.execute(WRITE_DOCUMENT, [run.jobId, toJsonb(document), runId])
}

interface DeadSummary {
  readonly step: string
  readonly job_type: JobType
  readonly error_code: string
  readonly count: number
  readonly transient: boolean
  readonly message: string
}

/** Tells the job that its run ended, and when the next one is due. */
export async function endJob(tx: Tx, run: LockedRun, state: Exclude<RunState, 'running'>): Promise<void> {
  const dead = state === 'failed' ? await tx.query<DeadSummary>(SUMMARIZE_DEAD, [run.id, run.jobId]) : []
  const retrySoon = dead.some((row) => row.transient)
  await tx.execute(END_JOB, [run.jobId, state, describe(dead), retrySoon])
}

const SHOWN = 3

function describe(dead: readonly DeadSummary[]): string | null {
  if (dead.length === 0) return null
  const total = dead.reduce((sum, row) => sum + row.count, 0)
  const shown = dead
    .slice(0, SHOWN)
    .map((row) => `${row.count} × ${row.job_type} of ${row.step} (${row.error_code}): ${row.message}`)
  const more = dead.length - shown.length
  return [`${total} dead rows.`, ...shown, ...(more > 0 ? [`And ${more} more kinds.`] : [])].join(' ')
}
