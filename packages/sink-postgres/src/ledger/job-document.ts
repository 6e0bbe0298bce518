import { type JobType, jobStatus, nextRunAt, type Overall, type RunGraph, type RunState } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { readSchedule } from '../jobs/job-schedule.ts'
import { CHECKPOINT } from './checkpoint.ts'
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
 * Closes the job's books. A cancelled run neither failed nor finished, so it leaves the count of failures. A replay asks the
 * provider for nothing, so it leaves the schedule. What people asked during the run to be tried again is due at once.
 *
 * $1 job · $2 run state · $3 error message · $4 when the job is due next, or null · $5 see CHECKPOINT
 */
const END_JOB = `
  UPDATE etl_jobs SET
    last_run_finished_at = millrace_now(),
    error_message = $3,
    retry_count = CASE $2 WHEN 'failed' THEN retry_count + 1 WHEN 'finished' THEN 0 ELSE retry_count END,
    next_run_at = CASE WHEN $4::timestamptz IS NOT NULL AND EXISTS (SELECT FROM etl_job_queue q
        WHERE q.job_id = $1 AND q.status = 'dead' AND q.requeued_at >= last_run_started_at)
      THEN least(next_run_at, millrace_now())
      WHEN (SELECT mode FROM etl_runs WHERE id = last_run_id) = 'replay' THEN next_run_at
      ELSE $4::timestamptz END,
    checkpoint_data = ${CHECKPOINT}
  WHERE id = $1`

/** Writes the job's status document as the run is now. */
export async function announceStatus(tx: Tx, runId: number): Promise<void> {
  const run = await lockRun(tx, runId)
  if (!run) return
  const openDeadLetters = await countDead(tx, run.jobId)
  const { revision: _ours, ...document } = jobStatus(OVERALL[run.state], 0, run.graph, run.counters, openDeadLetters)
  await tx.execute(WRITE_DOCUMENT, [run.jobId, toJsonb(document), runId])
}

/** $1 job */
const COUNT_DEAD = `SELECT count(*) AS count FROM etl_job_queue WHERE job_id = $1 AND status = 'dead'`

/** Dead rows of a job's runs, whichever. */
async function countDead(tx: Tx, jobId: number): Promise<number> {
  const [found] = await tx.query<{ count: number }>(COUNT_DEAD, [jobId])
  return found?.count ?? 0
}

/** $1 job · $2 how many dead rows it has */
const WRITE_COUNT = `
  UPDATE etl_jobs SET status_revision = status_revision + 1, last_updated_at = millrace_now(),
    status = status || jsonb_build_object('open_dead_letters', $2::bigint, 'revision', status_revision + 1)
  WHERE id = $1`

/** Writes the document's count anew, after people did something about dead rows. Locks the job: the last lock of all. */
export async function announceDead(tx: Tx, jobId: number): Promise<void> {
  await tx.execute(WRITE_COUNT, [jobId, await countDead(tx, jobId)])
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
  const schedule = await readSchedule(tx, run.jobId)
  const next = schedule && nextRunAt({ ...schedule, lastRunFinishedAt: schedule.now, retrySoon }, schedule.now)
  await tx.execute(END_JOB, [run.jobId, state, describe(dead), next, queuesOf(run.graph)])
}

/** Steps with a queue of their own in the checkpoint, by its name. */
function queuesOf({ steps }: RunGraph): string {
  return toJsonb(Object.fromEntries(steps.flatMap(({ name, queueName }) => (queueName ? [[queueName, name]] : []))))
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
