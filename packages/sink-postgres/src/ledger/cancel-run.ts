import { MillraceError, type RunState } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { closeRun } from './close-run.ts'
import { announceStatus, endJob } from './job-document.ts'
import { lockRun } from './locked-run.ts'

/** Workers that hold such a row fail at its fence. $1 run */
const CANCEL_ROWS = `
  UPDATE etl_job_queue SET status = 'cancelled', lease_token = lease_token + 1, lease_until = NULL, worker_id = NULL,
    completed_at = millrace_now()
  WHERE run_id = $1 AND status IN ('pending', 'leased')`

/** $1 run */
const HAS_OPEN_ROWS = `
  SELECT FROM etl_job_queue WHERE run_id = $1 AND status IN ('pending', 'leased') LIMIT 1`

/** $1 run */
const STOP_STAGES = `UPDATE etl_run_steps SET state = 'idle' WHERE run_id = $1 AND state = 'running'`

/**
 * Ends a run early. Rows come first, as in every commit; a sweeper that planned a step in between is the reason for the
 * second round.
 *
 * @returns whether the run was running
 * @throws RUN_UNKNOWN when the transaction's tenant has no such run
 */
export async function cancelRun(tx: Tx, runId: number): Promise<boolean> {
  const [found] = await tx.query<{ state: RunState }>('SELECT state FROM etl_runs WHERE id = $1', [runId])
  if (!found) {
    const message = `Failed to cancel run ${runId}: the tenant has no such run. Use the number that starting it gave.`
    throw new MillraceError('RUN_UNKNOWN', { message })
  }
  if (found.state !== 'running') return false
  await cancelRows(tx, runId)
  const run = await lockRun(tx, runId)
  if (run?.state !== 'running') return false
  await cancelRows(tx, runId)
  await tx.execute(STOP_STAGES, [runId])
  await closeRun(tx, runId, 'cancelled')
  await endJob(tx, run, 'cancelled')
  await announceStatus(tx, runId)
  return true
}

/** A commit that we waited for may have had children, which only a new statement sees. */
async function cancelRows(tx: Tx, runId: number): Promise<void> {
  do await tx.execute(CANCEL_ROWS, [runId])
  while ((await tx.query(HAS_OPEN_ROWS, [runId])).length > 0)
}
