import type { JobType, Json, OutboxRow, RetakeRequest, RunMode, Taken, TakeRequest, Turn } from '@millrace/core'
import type { Tx } from '../../database/database.ts'
import { turnAfter } from '../claim-rows.ts'
import { nextInTurn } from '../lanes.ts'

/**
 * Takers of one queue go one after the other, so that all of them together keep to its window. $1 kind · $2 tier or null
 */
const LOCK_QUEUE = `SELECT pg_advisory_xact_lock(hashtext('millrace.outbox'), hashtext(concat($1::text, '/', $2::text)))`

/** Rows with a tier, as `q`; a null tier is all. */
const isOfTier = (tier: string, tenantId: string): string =>
  `(${tier}::text IS NULL OR EXISTS (SELECT FROM tenants t WHERE t.id = ${tenantId} AND t.tier = ${tier}))`

const IS_PUBLISHED = `
  q.status = 'pending' AND q.published_at IS NOT NULL
  AND EXISTS (SELECT FROM etl_runs r WHERE r.id = q.run_id AND r.state = 'running')`

/** $1 kind · $2 tier or null */
const COUNT_PUBLISHED = `
  SELECT count(*) AS published,
      coalesce(extract(epoch FROM millrace_now() - min(q.published_at)) * 1000, 0)::float8 AS oldest_ms
    FROM etl_job_queue q
   WHERE q.job_type = $1 AND ${IS_PUBLISHED} AND ${isOfTier('$2', 'q.tenant_id')}`

/**
 * What a message says of its row. `first`: none of its stage was published, leased or settled before; that is worth a look
 * only while nothing of it is settled.
 */
const MARK = (picked: string): string => `
  WITH picked AS MATERIALIZED (${picked}),
  marked AS (
    UPDATE etl_job_queue q SET published_at = millrace_now() FROM picked WHERE q.id = picked.id
    RETURNING q.*, picked.turn, picked.was_published
  )
  SELECT m.id, m.tenant_id, m.integration_id, m.job_id, m.run_id, r.connector, m.step, m.job_type, m.payload, m.attempts,
    m.max_attempts, m.window_since, m.scheduled_at, m.priority, r.mode, r.options, m.turn,
    coalesce(i.type, initcap(r.connector)) AS provider,
    NOT m.was_published AND s.done + s.dead = 0
      AND m.id = min(m.id) OVER (PARTITION BY m.run_id, m.step, m.job_type)
      AND NOT EXISTS (
        SELECT FROM etl_job_queue o
         WHERE o.run_id = m.run_id AND o.job_type = m.job_type AND o.step = m.step AND o.status = 'leased')
      AND NOT EXISTS (
        SELECT FROM etl_job_queue o
         WHERE o.run_id = m.run_id AND o.job_type = m.job_type AND o.step = m.step AND o.status = 'pending'
           AND o.published_at IS NOT NULL) AS first
    FROM marked m JOIN etl_runs r ON r.id = m.run_id LEFT JOIN integrations i ON i.id = m.integration_id
    JOIN etl_run_steps s ON s.run_id = m.run_id AND s.step = m.step AND s.stage = CASE m.job_type
      WHEN 'plan' THEN 'plan' WHEN 'extract' THEN 'extraction' WHEN 'transform' THEN 'transform' ELSE 'embedding' END
   ORDER BY m.turn, m.priority, m.scheduled_at, m.id`

/** $1 kinds · $2 tier or null · $3 limit · $4 raw records that may wait · $5 tenant served last · $6 how often all were */
export const TAKE = MARK(`
  SELECT next.id, next.turn, false AS was_published FROM (${nextInTurn({
    jobTypes: '$1',
    limit: '$3',
    maxPendingRaw: '$4',
    lastTenant: '$5',
    round: '$6',
    runs: isOfTier('$2', 'r.tenant_id'),
    rows: 'q.published_at IS NULL',
  })}) AS next`)

/** $1 kind · $2 tier or null · $3 age in milliseconds · $4 limit */
const RETAKE = MARK(`
  SELECT q.id, row_number() OVER () AS turn, true AS was_published FROM (
    SELECT q.id FROM etl_job_queue q
     WHERE q.job_type = $1 AND ${IS_PUBLISHED} AND ${isOfTier('$2', 'q.tenant_id')}
       AND q.published_at <= millrace_now() - $3::float8 * interval '1 millisecond'
     ORDER BY q.published_at, q.id LIMIT $4 FOR NO KEY UPDATE OF q SKIP LOCKED
  ) AS q`)

/** $1 ids */
const GIVE_BACK = `UPDATE etl_job_queue SET published_at = NULL WHERE id = ANY ($1::bigint[]) AND status = 'pending'`

interface MarkedRow {
  readonly id: number
  readonly tenant_id: number
  readonly integration_id: number
  readonly job_id: number
  readonly run_id: number
  readonly connector: string
  readonly provider: string
  readonly step: string
  readonly job_type: JobType
  readonly payload: { readonly [key: string]: Json }
  readonly attempts: number
  readonly max_attempts: number
  readonly window_since: Date | null
  readonly scheduled_at: Date
  readonly priority: number
  readonly mode: RunMode
  readonly options: { readonly [key: string]: Json }
  readonly first: boolean
  readonly turn: number
}

export async function takeRows(
  tx: Tx,
  { queue, window, limit }: TakeRequest,
  maxPendingRaw: number,
  turn: Turn,
): Promise<{ readonly taken: Taken; readonly turn: Turn }> {
  const { jobType, tier } = queue
  await tx.query(LOCK_QUEUE, [jobType, tier])
  const [before] = await tx.query<{ published: number; oldest_ms: number }>(COUNT_PUBLISHED, [jobType, tier])
  const { published = 0, oldest_ms: oldestMs = 0 } = before ?? {}
  const room = Math.min(limit, window - published)
  if (room <= 0) return { taken: { rows: [], published, oldestMs }, turn }
  const rows = await tx.query<MarkedRow>(TAKE, [[jobType], tier, room, maxPendingRaw, turn.lastTenant, turn.round])
  const taken = { rows: rows.map(outboxRow), published: published + rows.length, oldestMs }
  return { taken, turn: turnAfter(turn, rows) }
}

export async function retakeRows(tx: Tx, { queue, olderThanMs, limit }: RetakeRequest): Promise<readonly OutboxRow[]> {
  return (await tx.query<MarkedRow>(RETAKE, [queue.jobType, queue.tier, olderThanMs, limit])).map(outboxRow)
}

export async function giveBackRows(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.execute(GIVE_BACK, [ids])
}

function outboxRow(row: MarkedRow): OutboxRow {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    integrationId: row.integration_id,
    jobId: row.job_id,
    runId: row.run_id,
    connector: row.connector,
    provider: row.provider,
    step: row.step,
    jobType: row.job_type,
    payload: row.payload,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    since: row.window_since,
    scheduledAt: row.scheduled_at,
    priority: row.priority,
    mode: row.mode,
    options: row.options,
    first: row.first,
  }
}
