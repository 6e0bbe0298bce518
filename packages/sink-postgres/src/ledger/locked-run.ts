import type { RunGraph, RunState, StageCounters } from '@millrace/core'
import type { Tx } from '../database/database.ts'

/** A run with its counters, read while it is locked. */
export interface LockedRun {
  readonly id: number
  readonly tenantId: number
  readonly jobId: number
  readonly state: RunState
  readonly graph: RunGraph
  readonly counters: readonly StageCounters[]
}

/**
 * Two statements in one round trip. The second has a snapshot of its own and therefore sees what the run's last holder
 * committed: of two transactions that settle the last rows of a run, the later one sees both.
 *
 * The id is a number, so that nothing from outside is spliced into the text.
 */
const lockStatement = (runId: number): string => `
  SELECT FROM etl_runs WHERE id = ${Number(runId)} FOR NO KEY UPDATE;
  SELECT r.id, r.tenant_id AS "tenantId", r.job_id AS "jobId", r.state, r.graph, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('step', s.step, 'stage', s.stage, 'state', s.state,
        'planned', s.planned, 'done', s.done, 'dead', s.dead)), '[]')
        FROM etl_run_steps s WHERE s.run_id = r.id
    ) AS counters
    FROM etl_runs r WHERE r.id = ${Number(runId)}`

/** Locks a run and reads it as it is now. */
export async function lockRun(tx: Tx, runId: number): Promise<LockedRun | undefined> {
  const [run] = await tx.query<LockedRun>(lockStatement(runId))
  return run
}
