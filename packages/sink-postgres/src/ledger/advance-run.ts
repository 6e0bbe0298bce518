import { advance, type StageCounters } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { closeRun } from './close-run.ts'
import { announceStatus, endJob } from './job-document.ts'
import { lockRun } from './locked-run.ts'
import { mayAdvance, moveCounters, type StageDelta } from './stage-counters.ts'
import { toJsonb } from './to-jsonb.ts'

/** What a transaction did that others may want to know. */
export interface RunMoved {
  /** A stage or the run's state changed. */
  readonly status: boolean
  /** Rows became due. */
  readonly work: boolean
}

/** $1 run · $2 the new states as JSON */
const MOVE_STAGES = `
  UPDATE etl_run_steps s SET state = moved.state
    FROM jsonb_to_recordset($2::jsonb) AS moved (step text, stage text, state text)
   WHERE s.run_id = $1 AND s.step = moved.step AND s.stage = moved.stage`

/** A step is planned once in a run. $1 run · $2 steps */
const START_PLANS = `
  WITH born AS (
    INSERT INTO etl_job_queue (tenant_id, integration_id, job_id, run_id, priority, max_attempts, step, job_type, unit_key,
      payload)
    SELECT r.tenant_id, r.integration_id, r.job_id, r.id, r.priority, r.max_attempts, step, 'plan', 'plan', '{}'
      FROM etl_runs r, unnest($2::text[]) AS step WHERE r.id = $1 ORDER BY step
    ON CONFLICT (run_id, step, job_type, unit_key) WHERE unit_key IS NOT NULL DO NOTHING
    RETURNING step
  )
  UPDATE etl_run_steps s SET planned = s.planned + 1 FROM born
   WHERE s.run_id = $1 AND s.step = born.step AND s.stage = 'plan'`

/** Adds to a run's counters, as the last thing that a transaction does, and lets follow what follows. */
export async function settle(
  tx: Tx,
  runId: number,
  deltas: readonly StageDelta[],
): Promise<RunMoved & { readonly counters: readonly StageCounters[] }> {
  const counters = await moveCounters(tx, runId, deltas)
  const born = deltas.some(({ planned = 0, done = 0, dead = 0 }) => planned > done + dead)
  const moved = mayAdvance(counters) ? await advanceRun(tx, runId) : { status: false, work: false }
  return { status: moved.status, work: moved.work || born, counters }
}

/**
 * Applies `advance` until nothing follows any more: stages open and close, steps are planned, the run ends; and writes the
 * job's status document when something did. Safe to call at any time.
 */
export async function advanceRun(tx: Tx, runId: number): Promise<RunMoved> {
  let status = false
  let work = false
  for (;;) {
    const run = await lockRun(tx, runId)
    if (run?.state !== 'running') return { status, work }
    const next = advance(run.graph, run.counters)
    if (next.states.length > 0) {
      await tx.execute(MOVE_STAGES, [runId, toJsonb(next.states)])
      status = true
    }
    if (next.startPlans.length > 0) {
      await tx.execute(START_PLANS, [runId, next.startPlans])
      work = true
      continue
    }
    if (next.ended) {
      await closeRun(tx, runId, next.ended)
      await endJob(tx, run, next.ended)
      status = true
    }
    if (status) await announceStatus(tx, runId)
    return { status, work }
  }
}
