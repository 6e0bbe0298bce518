import type { ClaimRequest, JobType, Json, Lease, RunMode } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { BUDGET_OF_ROW, LIMITED, withinPlaces } from './claim-places.ts'

/** An integration whose provider asked to wait, or whose places are taken, is left alone. */
const IS_DUE = `
  q.status = 'pending' AND q.scheduled_at <= millrace_now()
  AND EXISTS (SELECT FROM etl_runs r WHERE r.id = q.run_id AND r.state = 'running')
  AND NOT EXISTS (
    SELECT FROM limited l WHERE l.integration_id = q.integration_id AND l.free = 0 AND l.budget = ${BUDGET_OF_ROW})`

/** The index gives each job type's rows in order; rows that others claim right now are skipped, not waited for. */
const ANY_DUE = `
  SELECT candidate.* FROM unnest($3::text[]) AS wanted (job_type), LATERAL (
    SELECT q.id, q.integration_id, q.job_type, q.priority, q.scheduled_at FROM etl_job_queue q
     WHERE q.job_type = wanted.job_type AND ${IS_DUE}
     ORDER BY q.priority, q.scheduled_at, q.id LIMIT $4
       FOR NO KEY UPDATE OF q SKIP LOCKED
  ) AS candidate
  ORDER BY candidate.priority, candidate.scheduled_at, candidate.id LIMIT $4`

/** A message that names another tenant or run than the row's gets nothing. */
const ONE_DUE = `
  SELECT q.id, q.integration_id, q.job_type, q.priority, q.scheduled_at FROM etl_job_queue q
   WHERE q.id = $5 AND q.tenant_id = $6 AND q.run_id = $7 AND q.job_type = ANY ($3) AND ${IS_DUE}
   LIMIT $4 FOR NO KEY UPDATE OF q SKIP LOCKED`

/** $1 worker · $2 lease in milliseconds · $3 job types · $4 limit · $5 id, $6 tenant, $7 run of the one row */
const claimStatement = (due: string): string => `
  WITH limited AS MATERIALIZED (${LIMITED}),
  due AS MATERIALIZED (${due}),
  placed AS (
    SELECT q.id, l.free, row_number() OVER (
        PARTITION BY l.integration_id, l.budget ORDER BY q.priority, q.scheduled_at, q.id) AS place
      FROM due q LEFT JOIN limited l ON l.integration_id = q.integration_id AND l.budget = ${BUDGET_OF_ROW}
  ),
  leased AS (
    UPDATE etl_job_queue q SET
      status = 'leased', lease_token = lease_token + 1, attempts = attempts + 1, worker_id = $1,
      lease_until = millrace_now() + $2::float8 * interval '1 millisecond',
      started_at = coalesce(started_at, millrace_now())
    FROM placed WHERE q.id = placed.id AND (placed.free IS NULL OR placed.place <= placed.free)
    RETURNING q.*, placed.free IS NOT NULL AS counted
  )
  SELECT q.id, q.lease_token, q.tenant_id, q.integration_id, q.job_id, q.run_id, r.connector, q.step, q.job_type, q.payload,
    q.attempts, q.max_attempts, q.cursor, q.cursor_seq, q.window_since, q.window_until, r.mode, r.options, q.counted
    FROM leased q JOIN etl_runs r ON r.id = q.run_id
   ORDER BY q.priority, q.scheduled_at, q.id`

const CLAIM_ANY = claimStatement(ANY_DUE)
const CLAIM_ONE = claimStatement(ONE_DUE)

interface LeasedRow {
  readonly id: number
  readonly lease_token: number
  readonly tenant_id: number
  readonly integration_id: number
  readonly job_id: number
  readonly run_id: number
  readonly connector: string
  readonly step: string
  readonly job_type: JobType
  readonly payload: { readonly [key: string]: Json }
  readonly attempts: number
  readonly max_attempts: number
  readonly cursor: Json
  readonly cursor_seq: number
  readonly window_since: Date | null
  readonly window_until: Date | null
  readonly mode: RunMode
  readonly options: { readonly [key: string]: Json }
  readonly counted: boolean
}

/** Leases due rows. */
export async function claimRows(tx: Tx, request: ClaimRequest): Promise<readonly Lease[]> {
  const { row, workerId, leaseMs } = request
  const values = [workerId, leaseMs, request.jobTypes, request.limit]
  const rows = row
    ? await tx.query<LeasedRow>(CLAIM_ONE, [...values, row.id, row.tenantId, row.runId])
    : await tx.query<LeasedRow>(CLAIM_ANY, values)
  const leases = rows.map((found) => ({
    id: found.id,
    token: found.lease_token,
    tenantId: found.tenant_id,
    integrationId: found.integration_id,
    jobId: found.job_id,
    runId: found.run_id,
    connector: found.connector,
    step: found.step,
    jobType: found.job_type,
    payload: found.payload,
    attempts: found.attempts,
    maxAttempts: found.max_attempts,
    cursor: found.cursor,
    cursorSeq: found.cursor_seq,
    window: found.window_until ? { since: found.window_since, until: found.window_until } : null,
    mode: found.mode,
    options: found.options,
    leaseMs,
    workerId,
  }))
  const counted = rows.filter((found) => found.counted).map((found) => found.id)
  return withinPlaces(tx, leases, new Set(counted))
}
