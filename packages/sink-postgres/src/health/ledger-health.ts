import { STAGE_OF_JOB_TYPE } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'

/** One kind of work, as the ledger knows it; a broker's own numbers are about what travels. */
export interface QueueFacts {
  /** Rows that are due and that nobody works on. */
  readonly messages: number
  /** Rows that wait for their time: a retry, a rate limit. */
  readonly delayed: number
  /** Rows that somebody works on. */
  readonly unacknowledged: number
  /** Living workers that take such rows. */
  readonly consumers: number
  /** How long the oldest of `messages` has been due; 0 without any. */
  readonly oldest_age_seconds: number
}

export interface WorkerSummary {
  readonly alive: number
  /** Processes that were not heard of for a while, and were not stopped in an orderly way. */
  readonly silent: number
  readonly at_work: number
  /** Rows that living workers would take at once. */
  readonly capacity: number
  /** The largest resident memory of a living worker at any time, in bytes. */
  readonly peak_memory_bytes: number
}

/** The document of spec 002: what waits, what failed, who works. `transform_queue` is ours. */
export interface LedgerHealth {
  /** Planning and extraction. */
  readonly job_queue: QueueFacts
  readonly transform_queue: QueueFacts
  readonly vectorization_queue: QueueFacts
  readonly dead_letter_queue: { readonly messages: number; readonly oldest_age_seconds: number }
  readonly worker_status: WorkerSummary
  /** How long the job that waits longest has been due; 0 when none is. */
  readonly schedule_lag_seconds: number
}

type QueueName = 'job_queue' | 'transform_queue' | 'vectorization_queue'

const QUEUE_OF_STAGE: { readonly [stage in (typeof STAGE_OF_JOB_TYPE)[keyof typeof STAGE_OF_JOB_TYPE]]: QueueName } = {
  plan: 'job_queue',
  extraction: 'job_queue',
  transform: 'transform_queue',
  embedding: 'vectorization_queue',
}

/** The role that takes a queue's rows. */
const ROLE_OF_QUEUE: { readonly [queue in QueueName]: string } = {
  job_queue: 'extract',
  transform_queue: 'transform',
  vectorization_queue: 'embed',
}

/** Each part is served by the partial index of its status. */
const COUNT_ROWS = `
  SELECT job_type, count(*) FILTER (WHERE scheduled_at <= millrace_now()) AS due,
      count(*) FILTER (WHERE scheduled_at > millrace_now()) AS delayed, 0 AS leased,
      greatest(extract(epoch FROM millrace_now() - min(scheduled_at)), 0)::float8 AS age
    FROM etl_job_queue WHERE status = 'pending' GROUP BY job_type
  UNION ALL
  SELECT job_type, 0, 0, count(*), 0 FROM etl_job_queue WHERE status = 'leased' GROUP BY job_type`

const COUNT_DEAD = `
  SELECT count(*) AS messages, coalesce(extract(epoch FROM millrace_now() - min(completed_at)), 0)::float8 AS age
    FROM etl_job_queue WHERE status = 'dead'`

const READ_LAG = `
  SELECT coalesce(extract(epoch FROM millrace_now() - min(next_run_at)), 0)::float8 AS lag FROM etl_jobs
   WHERE active AND integration_id IS NOT NULL AND overall <> 'RUNNING' AND next_run_at <= millrace_now()`

/** $1 how long a living worker may be silent, in milliseconds; null: as long as the most impatient of them says */
const READ_WORKERS = `
  SELECT roles, at_work AS "atWork", capacity, peak_rss_bytes AS "peakRssBytes",
      last_seen_at > millrace_now() - coalesce($1::float8, min(stale_after_ms) OVER ()) * interval '1 millisecond' AS alive
    FROM workers`

interface CountedRows {
  readonly job_type: keyof typeof STAGE_OF_JOB_TYPE
  readonly due: number
  readonly delayed: number
  readonly leased: number
  readonly age: number
}

interface WorkerRow {
  readonly roles: readonly string[]
  readonly atWork: number
  readonly capacity: number
  readonly peakRssBytes: number
  readonly alive: boolean
}

export interface LedgerHealthOptions {
  /** Only this tenant's rows. Workers serve all tenants. @default all tenants */
  readonly tenantId?: number
  /** A worker that was not heard of for so long does not count as living. @default what the most impatient worker waits */
  readonly staleAfterMs?: number
}

/** What waits, what failed and who works, from the ledger and the list of workers. */
export async function ledgerHealth(db: Database, options: LedgerHealthOptions = {}): Promise<LedgerHealth> {
  const { tenantId, staleAfterMs = null } = options
  const access = tenantId === undefined ? ENGINE : tenant(tenantId)
  const [rows, [dead], [overdue]] = await db.transaction(access, async (tx) => [
    await tx.query<CountedRows>(COUNT_ROWS),
    await tx.query<{ messages: number; age: number }>(COUNT_DEAD),
    await tx.query<{ lag: number }>(READ_LAG),
  ])
  const workers = await db.query<WorkerRow>(ENGINE, READ_WORKERS, [staleAfterMs])
  const alive = workers.filter((worker) => worker.alive)
  const factsOf = (queue: QueueName): QueueFacts => {
    const counted = rows.filter(({ job_type }) => QUEUE_OF_STAGE[STAGE_OF_JOB_TYPE[job_type]] === queue)
    return {
      messages: sum(counted, ({ due }) => due),
      delayed: sum(counted, ({ delayed }) => delayed),
      unacknowledged: sum(counted, ({ leased }) => leased),
      consumers: alive.filter(({ roles }) => roles.includes(ROLE_OF_QUEUE[queue])).length,
      oldest_age_seconds: Math.max(0, ...counted.map(({ age }) => age)),
    }
  }
  return {
    job_queue: factsOf('job_queue'),
    transform_queue: factsOf('transform_queue'),
    vectorization_queue: factsOf('vectorization_queue'),
    dead_letter_queue: { messages: dead?.messages ?? 0, oldest_age_seconds: dead?.age ?? 0 },
    worker_status: {
      alive: alive.length,
      silent: workers.length - alive.length,
      at_work: sum(alive, ({ atWork }) => atWork),
      capacity: sum(alive, ({ capacity }) => capacity),
      peak_memory_bytes: Math.max(0, ...alive.map(({ peakRssBytes }) => peakRssBytes)),
    },
    schedule_lag_seconds: overdue?.lag ?? 0,
  }
}

function sum<Counted>(items: readonly Counted[], numberOf: (item: Counted) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0)
}
