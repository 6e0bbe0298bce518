import type { ClaimRequest, JobType, Json, Lease, RunMode, Turn } from '@millrace/core'
import { nextTurnAfter } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { PLACED, withinPlaces } from './claim-places.ts'
import { mayWork, nextInTurn } from './lanes.ts'

/** $6 tenant that was served last · $7 how often all were */
const NEXT_DUE = nextInTurn({ jobTypes: '$3', limit: '$4', maxPendingRaw: '$5', lastTenant: '$6', round: '$7' })

/** A message that names another tenant or run than the row's gets nothing. $6 id, $7 tenant, $8 run of the row */
const ONE_DUE = `
  SELECT q.id, 1 AS turn FROM etl_job_queue q JOIN etl_runs r ON r.id = q.run_id
   WHERE q.id = $6 AND q.tenant_id = $7 AND q.run_id = $8 AND q.job_type = ANY ($3::text[])
     AND q.status = 'pending' AND q.scheduled_at <= millrace_now() AND ${mayWork('q.job_type', '$5')}
   LIMIT $4 FOR NO KEY UPDATE OF q SKIP LOCKED`

/** $1 worker · $2 lease in milliseconds · $3 job types · $4 limit · $5 raw records that may wait · others: see above */
const claimStatement = (due: string): string => `
  WITH due AS MATERIALIZED (${due}),
  ${PLACED},
  leased AS (
    UPDATE etl_job_queue q SET
      status = 'leased', lease_token = lease_token + 1, attempts = attempts + 1, worker_id = $1,
      lease_until = millrace_now() + $2::float8 * interval '1 millisecond',
      started_at = coalesce(started_at, millrace_now())
    FROM placed WHERE q.id = placed.id
    RETURNING q.*, placed.turn, placed.counted
  )
  SELECT q.id, q.lease_token, q.tenant_id, q.integration_id, q.job_id, q.run_id, r.connector, q.step, q.job_type, q.payload,
    q.attempts, q.max_attempts, q.error_code IS NOT DISTINCT FROM 'LEASE_EXPIRED' AS suspect, q.waited_ms, q.cursor, q.cursor_seq, q.window_since, q.window_until, r.mode, r.options, q.turn, q.counted
    FROM leased q JOIN etl_runs r ON r.id = q.run_id
   ORDER BY q.priority, q.scheduled_at, q.id`

export const CLAIM_NEXT = claimStatement(NEXT_DUE)
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
  readonly suspect: boolean
  readonly waited_ms: number
  readonly cursor: Json
  readonly cursor_seq: number
  readonly window_since: Date | null
  readonly window_until: Date | null
  readonly mode: RunMode
  readonly options: { readonly [key: string]: Json }
  readonly turn: number
  /** Whether the row takes a place of a budget that has only so many. */
  readonly counted: boolean
}

/** Leases the next due rows, and tells whose turn it is then. */
export async function claimNext(
  tx: Tx,
  request: ClaimRequest,
  maxPendingRaw: number,
  turn: Turn,
): Promise<{ readonly leases: readonly Lease[]; readonly turn: Turn }> {
  const rows = await tx.query<LeasedRow>(CLAIM_NEXT, [
    ...claimValues(request, maxPendingRaw),
    turn.lastTenant,
    turn.round,
  ])
  return { leases: await placed(tx, rows, request), turn: turnAfter(turn, rows) }
}

/** Leases the row that a message names, if it is due. */
export async function claimNamed(
  tx: Tx,
  request: ClaimRequest,
  maxPendingRaw: number,
  row: NonNullable<ClaimRequest['row']>,
): Promise<readonly Lease[]> {
  const rows = await tx.query<LeasedRow>(CLAIM_ONE, [
    ...claimValues(request, maxPendingRaw),
    row.id,
    row.tenantId,
    row.runId,
  ])
  return placed(tx, rows, request)
}

function placed(tx: Tx, rows: readonly LeasedRow[], request: ClaimRequest): Promise<readonly Lease[]> {
  const counted = rows.filter((row) => row.counted).map(({ id }) => id)
  const leases = rows.map((row) => leaseOf(row, request))
  return withinPlaces(tx, leases, new Set(counted))
}

/** Whose turn it is after rows were taken in these turns. */
export function turnAfter(turn: Turn, rows: readonly { readonly tenant_id: number; readonly turn: number }[]): Turn {
  const inOrder = rows.toSorted((left, right) => left.turn - right.turn)
  return nextTurnAfter(turn, [...new Set(inOrder.map((row) => row.tenant_id))])
}

function claimValues({ workerId, leaseMs, jobTypes, limit }: ClaimRequest, maxPendingRaw: number): readonly unknown[] {
  return [workerId, leaseMs, jobTypes, limit, maxPendingRaw]
}

function leaseOf(found: LeasedRow, { leaseMs, workerId }: ClaimRequest): Lease {
  return {
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
    suspect: found.suspect,
    waitedMs: found.waited_ms,
    cursor: found.cursor,
    cursorSeq: found.cursor_seq,
    window: found.window_until ? { since: found.window_since, until: found.window_until } : null,
    mode: found.mode,
    options: found.options,
    leaseMs,
    workerId,
  }
}
