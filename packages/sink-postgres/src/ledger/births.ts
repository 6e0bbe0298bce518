import { type JobType, type NewRow, STAGE_OF_JOB_TYPE } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import type { StageDelta } from './stage-counters.ts'
import { storedKey } from './stored-key.ts'
import { toJsonb } from './to-jsonb.ts'

/**
 * Children of a row; they are of its tenant and run and have its priority, whatever the worker believes. Sorted by key,
 * so that two parents with the same children do not deadlock. A key that exists is neither born nor counted again.
 *
 * $1 the parent's id · $2 the rows as JSON
 */
const GIVE_BIRTH = `
  WITH born AS (
    INSERT INTO etl_job_queue (tenant_id, integration_id, job_id, run_id, parent_id, priority, max_attempts, step,
      job_type, unit_key, payload, window_since, window_until, status, completed_at, error_code, error_transient,
      error_details)
    SELECT parent.tenant_id, parent.integration_id, parent.job_id, parent.run_id, parent.id, parent.priority,
      parent.max_attempts, child.step, child.job_type, child.unit_key, child.payload, child.window_since,
      child.window_until, CASE WHEN child.error_code IS NULL THEN 'pending' ELSE 'dead' END,
      CASE WHEN child.error_code IS NOT NULL THEN millrace_now() END, child.error_code, child.error_transient,
      child.error_details
    FROM etl_job_queue parent,
      jsonb_to_recordset($2::jsonb) AS child (position integer, step text, job_type text, unit_key text, payload jsonb,
        window_since timestamptz, window_until timestamptz, error_code text, error_transient boolean,
        error_details jsonb)
    WHERE parent.id = $1
    ORDER BY child.step, child.job_type, child.unit_key, child.position
    ON CONFLICT (run_id, step, job_type, unit_key) WHERE unit_key IS NOT NULL DO NOTHING
    RETURNING step, job_type, status
  )
  SELECT step, job_type, count(*) AS planned, count(*) FILTER (WHERE status = 'dead') AS dead
    FROM born GROUP BY step, job_type`

/** Adds rows to a run, and tells by how much its counters grow. */
export async function giveBirth(tx: Tx, parentId: number, rows: readonly NewRow[]): Promise<readonly StageDelta[]> {
  if (rows.length === 0) return []
  const children = rows.map((row, position) => ({
    position,
    step: row.step,
    job_type: row.jobType,
    unit_key: row.key === undefined ? null : storedKey(row.key),
    payload: row.payload,
    window_since: row.window?.since ?? null,
    window_until: row.window?.until ?? null,
    error_code: row.dead?.code ?? null,
    error_transient: row.dead?.transient ?? null,
    error_details: row.dead ? { message: row.dead.message, context: row.dead.context ?? {} } : null,
  }))
  const counts = await tx.query<{ step: string; job_type: JobType; planned: number; dead: number }>(GIVE_BIRTH, [
    parentId,
    toJsonb(children),
  ])
  return counts.map(({ step, job_type, planned, dead }) => ({
    step,
    stage: STAGE_OF_JOB_TYPE[job_type],
    planned,
    dead,
  }))
}
