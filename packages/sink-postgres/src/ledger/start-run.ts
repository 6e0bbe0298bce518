import {
  type JobType,
  LOST_PLACE,
  MillraceError,
  type RefusalReason,
  type RunRef,
  STAGE_OF_JOB_TYPE,
  STAGES,
  type StartRun,
} from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { advanceRun } from './advance-run.ts'
import { moveCounters } from './stage-counters.ts'
import { toJsonb } from './to-jsonb.ts'

const DEFAULT_PRIORITY = 5
const DEFAULT_MAX_ATTEMPTS = 5

/** Held to the end of the transaction: a job never overlaps itself. $1 job · $2 tenant */
const CLAIM_JOB = `
  SELECT connector, active, overall, integration_id, next_run_at FROM etl_jobs
   WHERE id = $1 AND tenant_id = $2 FOR NO KEY UPDATE`

/**
 * A statement of its own: whoever deactivates the integration holds the job's lock too, and having waited for it, this one
 * sees what came of it. $1 integration
 */
const READ_INTEGRATION = 'SELECT active FROM integrations WHERE id = $1'

interface ClaimedJob {
  readonly connector: string
  readonly active: boolean
  readonly overall: string
  readonly integration_id: number | null
  readonly next_run_at: Date | null
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
  UPDATE etl_jobs SET last_run_id = $2, last_run_started_at = millrace_now(), error_message = NULL,
    schedule_note = NULL
  WHERE id = $1`

/** Every run plans anew, so a plan that died, or was cancelled, is nobody's debt. $1 job */
const REPLACE_PLANS = `
  UPDATE etl_job_queue SET status = 'cancelled' WHERE job_id = $1 AND job_type = 'plan' AND status = 'dead'`

/** A unit that is read apart, in a window of its own, is none of a full sync's business. */
const RESTARTS = `$5 = 'full' AND q.job_type = 'extract' AND q.payload -> 'apart' IS DISTINCT FROM 'true'`

const IS_SPAWNED = `
  q.job_type = 'extract' AND q.payload @> '{"spawned": true}' AND q.payload -> 'apart' IS DISTINCT FROM 'true'`

/**
 * Takes debt over from earlier runs that is worth another try, and what a cancelled run left: its raw records are stored and
 * its watermarks advanced, so that nobody else would ever work on it. Of two rows about the same thing the newer one is
 * taken. Windows and cursors stay, except that a full sync reads each unit from its start and without a window, and that one
 * which lost its place begins at its start. Work of steps that this run does not have waits for one that does. A replay leaves alone what talks to the provider.
 *
 * Of a spawned unit, every run that spawned it may have left a row with a window of its own. Of several, the newest is taken,
 * from its start and with a window that reaches over theirs, and the others go: a unit that fails run after run must not
 * become more and more work.
 *
 * Worth another try is what died of something transient; what people asked to be tried again; once, what a transformer of a
 * lower version died of; and once, what the account's settings were at fault for, when they were changed since. The version
 * that a row was tried with is that of its last run. A spawned unit is, whatever it died of, unless it takes its process down:
 * whoever spawned it has moved on, and nobody else would ever read it.
 *
 * $1 job · $2 the new run · $3 its steps · $4 the versions of their transformers · $5 mode · $6 errors of lost places
 */
const ADOPT_DEBT = `
  WITH wanted AS (
    SELECT * FROM unnest($3::text[], $4::integer[]) AS w (step, transform_version)
  ),
  debt AS (
    SELECT DISTINCT ON (q.step, q.job_type, coalesce(q.unit_key, q.id::text)) q.id, q.step, q.window_since, q.window_until,
        CASE WHEN ${IS_SPAWNED} THEN q.payload -> 'unit' END AS spawned
      FROM etl_job_queue q
      JOIN wanted w USING (step)
      JOIN etl_runs r ON r.id = q.run_id
      LEFT JOIN integrations i ON i.id = q.integration_id
     WHERE q.job_id = $1 AND q.run_id <> $2 AND q.job_type <> 'plan'
       AND NOT ($5 = 'replay' AND q.job_type = 'extract')
       AND (q.status = 'cancelled' OR q.status = 'dead' AND (
         q.error_transient OR q.requeued_at IS NOT NULL
         OR q.job_type = 'extract' AND q.payload @> '{"spawned": true}' AND q.error_code <> 'LEASE_EXPIRED'
         OR q.job_type = 'transform' AND w.transform_version > (
           SELECT (tried.step ->> 'transformVersion')::integer
             FROM jsonb_array_elements(r.graph -> 'steps') AS tried (step) WHERE tried.step ->> 'name' = q.step)
         OR q.error_code IN ('UNAUTHORIZED', 'INVALID_CONFIG', 'FORBIDDEN_URL')
           AND i.last_updated_at > q.completed_at))
     ORDER BY q.step, q.job_type, coalesce(q.unit_key, q.id::text), q.id DESC
  ),
  merged AS (
    SELECT id, count(*) OVER same > 1 AS restarts, row_number() OVER (same ORDER BY id DESC) AS place,
        nullif(min(coalesce(window_since, '-infinity')) OVER same, '-infinity') AS since, max(window_until) OVER same AS until
      FROM debt WINDOW same AS (PARTITION BY step, spawned, CASE WHEN spawned IS NULL THEN id END)
  ),
  absorbed AS (
    DELETE FROM etl_job_queue q USING merged WHERE q.id = merged.id AND merged.place > 1
  ),
  adopted AS (
    UPDATE etl_job_queue q SET run_id = $2, status = 'pending', attempts = 0, scheduled_at = millrace_now(),
      lease_token = lease_token + 1, published_at = NULL, announced_at = NULL, completed_at = NULL, error_code = NULL,
      error_transient = NULL, error_details = NULL, requeued_at = NULL, waited_ms = 0,
      window_since = CASE WHEN NOT (${RESTARTS}) THEN merged.since END, window_until = merged.until,
      cursor = CASE WHEN merged.restarts OR ${RESTARTS} OR q.error_code = ANY ($6) THEN 'null' ELSE cursor END
    FROM merged WHERE q.id = merged.id AND merged.place = 1
    RETURNING q.step, q.job_type
  )
  SELECT step, job_type, count(*) AS planned FROM adopted GROUP BY step, job_type`

/** Claims the job and starts its run. */
export async function startRun(tx: Tx, request: StartRun): Promise<RunRef> {
  const { jobId, tenantId, graph, mode } = request
  const [job] = await tx.query<ClaimedJob>(CLAIM_JOB, [jobId, tenantId])
  const [integration] = await tx.query<{ active: boolean }>(READ_INTEGRATION, [job?.integration_id ?? null])
  const refused = refusal(request, job, integration)
  if (!job || refused) {
    const [reason, why] = refused ?? ['missing', NO_JOB]
    const message = `Failed to start job ${jobId}: ${why}.`
    throw new MillraceError('RUN_REFUSED', { message, context: { jobId, tenantId, reason } })
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
    graph.steps.map((step) => step.transformVersion ?? null),
    mode,
    LOST_PLACE,
  ])
  const deltas = adopted.map(({ step, job_type, planned }) => ({ step, stage: STAGE_OF_JOB_TYPE[job_type], planned }))
  await moveCounters(tx, run.id, deltas)
  await advanceRun(tx, run.id)
  return { runId: run.id, jobId, tenantId }
}

const NO_JOB = 'the tenant has no such job'

type Refusal = readonly [RefusalReason, string]

function refusal(
  { claimedUntil }: StartRun,
  job: ClaimedJob | undefined,
  integration: { readonly active: boolean } | undefined,
): Refusal | undefined {
  if (!job) return ['missing', NO_JOB]
  if (!job.active) return ['inactive', 'the job is inactive']
  if (!integration) return ['no-integration', 'the job has no integration']
  if (!integration.active) return ['integration-inactive', 'its integration is inactive']
  if (job.overall === 'RUNNING') return ['running', 'it is running already']
  if (claimedUntil && job.next_run_at?.getTime() !== claimedUntil.getTime()) {
    return ['claim-lost', 'another scheduler has it, or it was changed meanwhile']
  }
  return undefined
}
