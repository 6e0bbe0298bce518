import {
  advance,
  isHopeless,
  type JobType,
  type RunGraph,
  STAGE_OF_JOB_TYPE,
  type StageCounters,
  type SweepReport,
  type SweepRequest,
} from '@millrace/core'
import { ENGINE } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { advanceRun, type RunMoved, settle } from './advance-run.ts'
import { stopStage } from './stop-step.ts'

/**
 * Leased rows that nobody works on: too long without a commit, or the worker is not heard of. Rows that a commit holds
 * right now are left alone.
 *
 * $1 how long a living worker may be silent, in milliseconds; null: for ever · $2 true when no lease can be anybody's
 */
const LOST = `
  SELECT q.id FROM etl_job_queue q LEFT JOIN workers w ON w.id = q.worker_id
   WHERE q.status = 'leased'
     AND ($2::boolean OR q.lease_until <= millrace_now() OR (w.id IS NULL AND $1::float8 IS NOT NULL)
       OR w.last_seen_at <= millrace_now() - $1::float8 * interval '1 millisecond')`

/** Only a row that its worker held alone is to blame for the loss of that worker. */
const ALONE = `
  NOT EXISTS (SELECT 1 FROM etl_job_queue other
               WHERE other.status = 'leased' AND other.worker_id = q.worker_id AND other.id <> q.id)`

const HOPELESS = `q.attempts >= q.max_attempts AND ${ALONE}`

const WHY = `
  error_code = 'LEASE_EXPIRED',
  error_details = jsonb_build_object('context', '{}'::jsonb, 'message',
    format('Failed to finish %s of %s: its worker vanished, in attempt %s of %s.', q.job_type, q.step, q.attempts, q.max_attempts))`

/** The token is raised, so that a worker that comes back is fenced. */
const RELEASE_ROWS = `
  WITH lost AS (${LOST} AND NOT (${HOPELESS}) ORDER BY q.id FOR NO KEY UPDATE OF q SKIP LOCKED)
  UPDATE etl_job_queue q SET status = 'pending', lease_token = lease_token + 1, lease_until = NULL, worker_id = NULL,
    attempts = CASE WHEN ${ALONE} THEN attempts ELSE attempts - 1 END,
    scheduled_at = millrace_now(), published_at = NULL, error_transient = true, ${WHY}
  FROM lost WHERE q.id = lost.id`

/** A row that took its worker down so often is not handed to the next run. */
const RUNS_TO_BURY_IN = `
  SELECT DISTINCT run_id FROM etl_job_queue WHERE id IN (${LOST} AND ${HOPELESS}) ORDER BY run_id`

/** $3 run */
const BURY_ROWS = `
  WITH lost AS (
    ${LOST} AND ${HOPELESS} AND q.run_id = $3 ORDER BY q.id FOR NO KEY UPDATE OF q SKIP LOCKED
  ),
  buried AS (
    UPDATE etl_job_queue q SET status = 'dead', lease_token = lease_token + 1, lease_until = NULL, worker_id = NULL,
      completed_at = millrace_now(), error_transient = false, ${WHY}
    FROM lost WHERE q.id = lost.id
    RETURNING q.step, q.job_type
  )
  SELECT step, job_type, count(*) AS dead FROM buried GROUP BY step, job_type`

const OPEN_RUNS = `
  SELECT r.id, r.graph, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('step', s.step, 'stage', s.stage, 'state', s.state,
        'planned', s.planned, 'done', s.done, 'dead', s.dead)), '[]')
        FROM etl_run_steps s WHERE s.run_id = r.id
    ) AS counters
    FROM etl_runs r WHERE r.state = 'running' ORDER BY r.id`

/** Workers that crashed are shown for a day. */
const FORGET_WORKERS = `DELETE FROM workers WHERE last_seen_at < millrace_now() - interval '1 day'`

/** Releases what vanished workers held, and lets every open run go on. */
export async function sweepLedger(
  db: Database,
  { staleAfterMs, ownerless, signal }: SweepRequest,
  announce: (runId: number, moved: RunMoved) => void,
): Promise<SweepReport> {
  const lost = [staleAfterMs, ownerless]
  const released = await db.transaction(ENGINE, (tx) => tx.execute(RELEASE_ROWS, lost))
  if (released > 0) announce(0, { status: false, work: true })

  let buried = 0
  for (const { run_id: runId } of await db.query<{ run_id: number }>(ENGINE, RUNS_TO_BURY_IN, lost)) {
    if (signal?.aborted) break
    const { dead, moved } = await db.transaction(ENGINE, (tx) => buryRows(tx, runId, lost))
    buried += dead
    announce(runId, moved)
  }

  let advanced = 0
  const open = await db.query<OpenRun>(ENGINE, OPEN_RUNS)
  for (const { id, graph, counters } of open) {
    if (signal?.aborted) break
    for (const stage of counters.filter(isHopeless)) {
      announce(id, await db.transaction(ENGINE, (tx) => stopStage(tx, id, stage)))
    }
    const next = advance(graph, counters)
    if (next.states.length === 0 && next.startPlans.length === 0 && !next.ended) continue
    const moved = await db.transaction(ENGINE, (tx) => advanceRun(tx, id))
    if (moved.status || moved.work) advanced += 1
    announce(id, moved)
  }
  if (staleAfterMs !== null) await db.query(ENGINE, FORGET_WORKERS)
  return { released, buried, advanced }
}

interface OpenRun {
  readonly id: number
  readonly graph: RunGraph
  readonly counters: readonly StageCounters[]
}

async function buryRows(
  tx: Tx,
  runId: number,
  lost: readonly unknown[],
): Promise<{ readonly dead: number; readonly moved: RunMoved }> {
  const groups = await tx.query<{ step: string; job_type: JobType; dead: number }>(BURY_ROWS, [...lost, runId])
  const deltas = groups.map(({ step, job_type, dead }) => ({ step, stage: STAGE_OF_JOB_TYPE[job_type], dead }))
  return { dead: groups.reduce((sum, { dead }) => sum + dead, 0), moved: await settle(tx, runId, deltas) }
}
