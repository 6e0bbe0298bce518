import type { DeadLetter, ErrorCode, JobType, Json } from '@millrace/core'
import type { Tx } from '../../database/database.ts'

/** The conditions are those of etl_job_queue_unannounced. $1 limit */
const TAKE_DEAD = `
  WITH news AS MATERIALIZED (
    SELECT q.id FROM etl_job_queue q
     WHERE q.status = 'dead' AND (q.announced_at IS NULL OR q.announced_at < q.completed_at)
       AND q.error_code IS DISTINCT FROM 'STEP_STOPPED' AND q.completed_at > millrace_now() - interval '1 day'
     ORDER BY q.completed_at, q.id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE etl_job_queue q SET announced_at = millrace_now() FROM news WHERE q.id = news.id
  RETURNING q.id, q.tenant_id, q.integration_id, q.job_id, q.run_id, q.step, q.job_type, q.attempts, q.completed_at,
    q.error_code, q.error_transient, q.error_details`

/** $1 ids */
const GIVE_BACK_DEAD = `UPDATE etl_job_queue SET announced_at = NULL WHERE id = ANY ($1::bigint[]) AND status = 'dead'`

interface DeadColumns {
  readonly id: number
  readonly tenant_id: number
  readonly integration_id: number
  readonly job_id: number
  readonly run_id: number
  readonly step: string
  readonly job_type: JobType
  readonly attempts: number
  readonly completed_at: Date
  readonly error_code: ErrorCode | null
  readonly error_transient: boolean | null
  readonly error_details: {
    readonly message?: string
    readonly context?: { readonly [key: string]: Json }
  } | null
}

export async function takeDead(tx: Tx, limit: number): Promise<readonly DeadLetter[]> {
  const rows = await tx.query<DeadColumns>(TAKE_DEAD, [limit])
  const letters = rows.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id,
    integrationId: row.integration_id,
    jobId: row.job_id,
    runId: row.run_id,
    step: row.step,
    jobType: row.job_type,
    attempts: row.attempts,
    failure: {
      code: row.error_code ?? 'INTERNAL',
      message: row.error_details?.message ?? '',
      transient: row.error_transient ?? false,
      context: row.error_details?.context ?? {},
    },
    diedAt: row.completed_at,
  }))
  return letters.toSorted((left, right) => left.diedAt.getTime() - right.diedAt.getTime() || left.id - right.id)
}

export async function giveBackDead(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.execute(GIVE_BACK_DEAD, [ids])
}
