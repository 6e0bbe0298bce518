import { type JobType, STAGE_OF_JOB_TYPE, type StageCounters } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { type RunMoved, settle } from './advance-run.ts'
import { failureValues } from './fence.ts'

/** $1 run · $2 step · $3 job type · $4 $5 $6 failure: code, transient, details */
const STOP_ROWS = `
  WITH waiting AS (
    SELECT id FROM etl_job_queue WHERE run_id = $1 AND step = $2 AND job_type = $3 AND status = 'pending'
     ORDER BY id FOR NO KEY UPDATE
  )
  UPDATE etl_job_queue q SET status = 'dead', completed_at = millrace_now(), error_code = $4, error_transient = $5::boolean,
    error_details = $6::jsonb
  FROM waiting WHERE q.id = waiting.id`

/**
 * Gives up the pending rows of a hopeless stage: they are debt of the next run. A transaction of its own, because ledger
 * rows are locked before counters.
 */
export async function stopStage(
  tx: Tx,
  runId: number,
  { step, stage, planned, dead }: StageCounters,
): Promise<RunMoved> {
  const jobType = (Object.keys(STAGE_OF_JOB_TYPE) as JobType[]).find((type) => STAGE_OF_JOB_TYPE[type] === stage)
  const message = `Failed to try the rest of ${stage} of ${step}: ${dead} of ${planned} rows are dead. Cure the first errors, then run the job again.`
  const stopped = await tx.execute(STOP_ROWS, [
    runId,
    step,
    jobType,
    ...failureValues({ code: 'STEP_STOPPED', message, transient: true }),
  ])
  if (stopped === 0) return { status: false, work: false }
  return settle(tx, runId, [{ step, stage, dead: stopped }])
}
