import { type JobType, MillraceError, type RunRef, STAGE_OF_JOB_TYPE, STAGES, type StartRun } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { advanceRun } from './advance-run.ts'
import { moveCounters } from './stage-counters.ts'
import { toJsonb } from './to-jsonb.ts'

const DEFAULT_PRIORITY = 5
const DEFAULT_MAX_ATTEMPTS = 5

/** Held to the end of the transaction: a job never overlaps itself. $1 job · $2 tenant */
const CLAIM_JOB = `
  SELECT j.connector, j.active, j.overall, j.integration_id, i.active AS integration_active
    FROM etl_jobs j LEFT JOIN integrations i ON i.id = j.integration_id
   WHERE j.id = $1 AND j.tenant_id = $2
     FOR NO KEY UPDATE OF j`

interface ClaimedJob {
  readonly connector: string
  readonly active: boolean
  readonly overall: string
  readonly integration_id: number | null
  readonly integration_active: boolean | null
}

/** $1 tenant · $2 job · $3 integration · $4 connector · $5 graph · $6 mode · $7 options · $8 priority · $9 attempts */
const INSERT_RUN = `
  INSERT INTO etl_runs (tenant_id, job_id, integration_id, connector, graph, mode, options, priority, max_attempts)
  VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7::jsonb, $8, $9) RETURNING id`

/** $1 run · $2 tenant · $3 steps · $4 stages */
const INSERT_STEPS = `
  INSERT INTO etl_run_steps (run_id, tenant_id, step, stage)
  SELECT $1, $2, step, stage FROM unnest($3::text[]) AS step, unnest($4::text[]) AS stage`

/** $1 job · $2 run */
const JOB_STARTED = `
  UPDATE etl_jobs SET last_run_id = $2, last_run_started_at = millrace_now(), error_message = NULL WHERE id = $1`

/** Every run plans anew, so a plan that died, or was cancelled, is nobody's debt. $1 job */
const REPLACE_PLANS = `
  UPDATE etl_job_queue SET status = 'cancelled' WHERE job_id = $1 AND job_type = 'plan' AND status = 'dead'`

/**
 * Takes transient debt over from earlier runs, and what a cancelled run left: its raw records are stored and its
 * watermarks advanced, so that nobody else would ever work on it. Of two rows about the same thing the newer one is
 * taken. Windows and cursors stay, except that a full sync reads each unit from its start and without a window. Work of
 * steps that this run does not have waits for one that does. A spawned unit is read from its start as well: this run may
 * spawn it again, which counts as the same unit, and means what has changed since.
 *
 * $1 job · $2 the new run · $3 its steps · $4 whether it is a full sync
 */
const ADOPT_DEBT = `
  WITH debt AS (
    SELECT id, row_number() OVER (PARTITION BY step, job_type, coalesce(unit_key, id::text) ORDER BY id DESC) AS age
      FROM etl_job_queue
     WHERE job_id = $1 AND run_id <> $2 AND step = ANY ($3) AND job_type <> 'plan'
       AND (status = 'cancelled' OR status = 'dead' AND error_transient)
  ),
  adopted AS (
    UPDATE etl_job_queue q SET run_id = $2, status = 'pending', attempts = 0, scheduled_at = millrace_now(),
      lease_token = lease_token + 1, published_at = NULL, announced_at = NULL, completed_at = NULL, error_code = NULL, error_transient = NULL,
      error_details = NULL,
      window_since = CASE WHEN NOT ($4::boolean AND q.job_type = 'extract') THEN window_since END,
      cursor = CASE WHEN q.job_type = 'extract' AND ($4::boolean OR q.payload @> '{"spawned": true}') THEN 'null'
        ELSE cursor END
    FROM debt WHERE q.id = debt.id AND debt.age = 1
    RETURNING q.step, q.job_type
  )
  SELECT step, job_type, count(*) AS planned FROM adopted GROUP BY step, job_type`

/** Claims the job and starts its run. */
export async function startRun(tx: Tx, request: StartRun): Promise<RunRef> {
  const { jobId, tenantId, graph, mode } = request
  const [job] = await tx.query<ClaimedJob>(CLAIM_JOB, [jobId, tenantId])
  if (!job?.integration_id || refusal(job)) {
    throw new MillraceError('RUN_REFUSED', {
      message: `Failed to start job ${jobId}: ${refusal(job)}.`,
      context: { jobId, tenantId },
    })
  }
  const [run] = await tx.query<{ id: number }>(INSERT_RUN, [
    tenantId,
    jobId,
    job.integration_id,
    job.connector,
    toJsonb(graph),
    mode,
    toJsonb(request.options),
    request.priority ?? DEFAULT_PRIORITY,
    request.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
  ])
  if (!run) throw new MillraceError('INTERNAL', { message: `Failed to start job ${jobId}: no run was inserted.` })
  const steps = graph.steps.map((step) => step.name)
  await tx.execute(INSERT_STEPS, [run.id, tenantId, steps, STAGES])
  await tx.execute(JOB_STARTED, [jobId, run.id])
  await tx.execute(REPLACE_PLANS, [jobId])
  const adopted = await tx.query<{ step: string; job_type: JobType; planned: number }>(ADOPT_DEBT, [
    jobId,
    run.id,
    steps,
    mode === 'full',
  ])
  const deltas = adopted.map(({ step, job_type, planned }) => ({ step, stage: STAGE_OF_JOB_TYPE[job_type], planned }))
  await moveCounters(tx, run.id, deltas)
  await advanceRun(tx, run.id)
  return { runId: run.id, jobId, tenantId }
}

function refusal(job: ClaimedJob | undefined): string | undefined {
  if (!job) return 'the tenant has no such job'
  if (!job.active) return 'the job is inactive'
  if (job.integration_id === null) return 'the job has no integration'
  if (!job.integration_active) return 'its integration is inactive'
  if (job.overall === 'RUNNING') return 'it is running already'
  return undefined
}
