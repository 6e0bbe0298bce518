import type { ClaimDue, DueJob, Skip } from '@millrace/core'
import { ENGINE } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { JOB_COLUMNS, type JobRow, jobOf } from './jobs.ts'

/**
 * Jobs that another scheduler claims right now are passed by; those that it claimed are due only when its claim ends,
 * which becomes `next_run_at`, in whole milliseconds so that it survives the way through the program.
 *
 * $1 connectors · $2 limit · $3 how long a claim lasts, in milliseconds
 */
const CLAIM_DUE = `
  WITH due AS (
    SELECT j.id, j.next_run_at FROM etl_jobs j
     WHERE j.active AND j.next_run_at <= millrace_now() AND j.overall <> 'RUNNING' AND j.integration_id IS NOT NULL
       AND (j.connector = ANY ($1) OR j.next_run_at <= millrace_now() - $3::float8 * interval '1 millisecond')
     ORDER BY j.next_run_at, j.id LIMIT $2 FOR NO KEY UPDATE OF j SKIP LOCKED
  ),
  claimed AS (
    UPDATE etl_jobs j SET
      next_run_at = date_trunc('milliseconds', millrace_now()) + $3::float8 * interval '1 millisecond'
    FROM due WHERE j.id = due.id
    RETURNING ${JOB_COLUMNS}, j.tenant_id, j.next_run_at AS claimed_until, due.next_run_at AS was_due
  )
  SELECT * FROM claimed ORDER BY was_due, id`

/** $1 job · $2 end of the claim · $3 note · $4 whether to look again soon */
const SKIP = `
  UPDATE etl_jobs SET schedule_note = $3, next_run_at = millrace_now() + interval '1 minute' *
    CASE WHEN $4::boolean THEN retry_interval_minutes ELSE schedule_interval_minutes END
  WHERE id = $1 AND next_run_at = $2 AND overall <> 'RUNNING'`

/** Claims jobs of all tenants that are due. */
export async function claimDueJobs(db: Database, { connectors, limit, holdMs }: ClaimDue): Promise<readonly DueJob[]> {
  type Claimed = JobRow & { readonly tenant_id: number; readonly claimed_until: Date }
  const rows = await db.query<Claimed>(ENGINE, CLAIM_DUE, [connectors, limit, holdMs])
  return rows.map((row) => ({ job: jobOf(row, row.tenant_id), claimedUntil: row.claimed_until }))
}

/** Ends a claim without a run. */
export async function skipJob(db: Database, { job, claimedUntil }: DueJob, { note, soon }: Skip): Promise<boolean> {
  return db.transaction(ENGINE, async (tx) => (await tx.execute(SKIP, [job.id, claimedUntil, note, soon])) > 0)
}
