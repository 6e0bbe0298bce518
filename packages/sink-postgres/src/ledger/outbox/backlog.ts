import type { JobType, OutboxQueue, QueueBacklog, Tier } from '@millrace/core'
import type { Tx } from '../../database/database.ts'

/** Open work by run and kind: the counters know it without looking at a row. */
const OPEN_LANES = `
  SELECT r.id AS run_id, kind.job_type, CASE WHEN kind.job_type <> 'plan' THEN t.tier END AS tier,
      sum(s.planned - s.done - s.dead) AS open
    FROM etl_runs r JOIN tenants t ON t.id = r.tenant_id JOIN etl_run_steps s ON s.run_id = r.id
    JOIN (VALUES ('plan', 'plan'), ('extraction', 'extract'), ('transform', 'transform'), ('embedding', 'embed'))
      AS kind (stage, job_type) ON kind.stage = s.stage
   WHERE r.state = 'running' AND s.planned > s.done + s.dead
   GROUP BY r.id, kind.job_type, t.tier`

const READ_OPEN_QUEUES = `SELECT DISTINCT job_type, tier FROM (${OPEN_LANES}) AS lane`

/** The oldest row of a lane is the first of those with its priority; a run has one priority, and adopted rows their own. */
const READ_BACKLOG = `
  SELECT lane.job_type, lane.tier, sum(lane.open)::bigint AS open, sum(lane.published)::bigint AS published,
      (extract(epoch FROM millrace_now() - min(lane.due_at)) * 1000)::float8 AS oldest_ms
    FROM (
      SELECT lane.*, head.due_at, (
          SELECT count(*) FROM etl_job_queue q
           WHERE q.job_type = lane.job_type AND q.run_id = lane.run_id AND q.status = 'pending'
             AND q.published_at IS NOT NULL) AS published
        FROM (${OPEN_LANES}) AS lane LEFT JOIN LATERAL (
          SELECT q.scheduled_at AS due_at FROM etl_job_queue q
           WHERE q.run_id = lane.run_id AND q.job_type = lane.job_type AND q.status = 'pending'
             AND q.scheduled_at <= millrace_now()
           ORDER BY q.priority, q.scheduled_at, q.id LIMIT 1) AS head ON true
    ) AS lane
   GROUP BY lane.job_type, lane.tier`

interface QueueColumns {
  readonly job_type: JobType
  readonly tier: Tier | null
}

export async function readOpenQueues(tx: Tx): Promise<readonly OutboxQueue[]> {
  return (await tx.query<QueueColumns>(READ_OPEN_QUEUES)).map(queueOf)
}

export async function readBacklog(tx: Tx): Promise<readonly QueueBacklog[]> {
  const rows = await tx.query<QueueColumns & { open: number; published: number; oldest_ms: number | null }>(
    READ_BACKLOG,
  )
  return rows.map((row) => ({
    queue: queueOf(row),
    open: row.open,
    published: row.published,
    oldestMs: row.oldest_ms,
  }))
}

function queueOf({ job_type: jobType, tier }: QueueColumns): OutboxQueue {
  return { jobType, tier }
}
