import { type JobType, type NamedFacts, type NamedRow, type Unclaimable, whyUnclaimable } from '@millrace/core'
import type { Tx } from '../../database/database.ts'

/** Row level security leaves only what is the tenant's. $1 row · $2 run */
const READ_NAMED = `
  SELECT q.run_id, q.job_id, q.job_type, q.status, r.state AS run_state, r.job_id AS run_job_id
    FROM (SELECT 1) AS one LEFT JOIN etl_job_queue q ON q.id = $1 LEFT JOIN etl_runs r ON r.id = $2`

/** $1 row */
const UNPUBLISH = `UPDATE etl_job_queue SET published_at = NULL WHERE id = $1 AND status = 'pending'`

interface NamedColumns {
  readonly run_id: number | null
  readonly job_id: number
  readonly job_type: JobType
  readonly status: NonNullable<NamedFacts['row']>['status']
  readonly run_state: NonNullable<NamedFacts['run']>['state'] | null
  readonly run_job_id: number
}

/** Says why the row cannot be claimed, and lets the relay find one that waits. */
export async function nameRow(tx: Tx, { id, runId }: NamedRow, jobType: JobType): Promise<Unclaimable> {
  const [found] = await tx.query<NamedColumns>(READ_NAMED, [id, runId])
  const why = whyUnclaimable({
    jobType,
    run: found?.run_state ? { id: runId, jobId: found.run_job_id, state: found.run_state } : undefined,
    row:
      found && found.run_id !== null
        ? { runId: found.run_id, jobId: found.job_id, jobType: found.job_type, status: found.status }
        : undefined,
  })
  if (why === 'waiting') await tx.execute(UNPUBLISH, [id])
  return why
}
