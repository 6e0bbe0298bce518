import type { RunState } from '@millrace/core'
import type { Tx } from '../database/database.ts'

/** What a run did, summed over its steps: `s` is the run's rows of etl_run_steps. */
export const SUMS_OF_STEPS = `
  sum(s.api_calls)::bigint AS api_calls, sum(s.bytes_received)::bigint AS bytes_received,
  sum(s.rows_written)::bigint AS rows_written, sum(s.rows_removed)::bigint AS rows_removed,
  sum(s.dead)::bigint AS dead_rows, sum(s.embeddings_queued)::bigint AS embeddings_queued,
  sum(s.embedded)::bigint AS embedded, max(s.peak_memory_bytes) AS peak_memory_bytes`

/** $1 run · $2 state */
const CLOSE_RUN = `
  UPDATE etl_runs SET state = $2, finished_at = millrace_now(),
    (api_calls, bytes_received, rows_written, rows_removed, dead_rows, embeddings_queued, embedded, peak_memory_bytes) =
      (SELECT ${SUMS_OF_STEPS} FROM etl_run_steps s WHERE s.run_id = $1)
  WHERE id = $1`

/** Ends a run, which is locked, and keeps with it what its steps came to. */
export async function closeRun(tx: Tx, runId: number, state: Exclude<RunState, 'running'>): Promise<void> {
  await tx.execute(CLOSE_RUN, [runId, state])
}
