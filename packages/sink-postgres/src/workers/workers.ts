import { MillraceError, type WorkerOrder } from '@millrace/core'
import { ENGINE } from '../database/access.ts'
import type { Database } from '../database/database.ts'

/** A worker process, as its heartbeat and the rows that it holds tell. */
export interface WorkerFacts {
  readonly id: string
  readonly roles: readonly string[]
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly startedAt: Date
  readonly lastSeenAt: Date
  /** What people want of it. */
  readonly desired: WorkerOrder
  /** Rows that it works on right now. */
  readonly rows: number
  /**
   * `gone` when it was not heard of for so long that the most impatient worker takes its rows over. `drained` when it was told
   * to and holds nothing.
   */
  readonly state: 'working' | 'draining' | 'drained' | 'gone'
}

const LIST = `
  SELECT w.id, w.roles, w.host, w.pid, w.version, w.started_at AS "startedAt", w.last_seen_at AS "lastSeenAt", w.desired,
    held.rows, CASE WHEN w.last_seen_at <= millrace_now() - patience.ms * interval '1 millisecond' THEN 'gone'
      WHEN w.desired = 'work' THEN 'working' WHEN held.rows > 0 THEN 'draining' ELSE 'drained' END AS state
    FROM workers w, (SELECT min(stale_after_ms) AS ms FROM workers) AS patience, LATERAL (
      SELECT count(*) AS rows FROM etl_job_queue q WHERE q.status = 'leased' AND q.worker_id = w.id) AS held
   ORDER BY w.started_at, w.id`

/** $1 order · $2 ids, or null for all */
const ORDER = `UPDATE workers SET desired = $1 WHERE $2::text[] IS NULL OR id = ANY ($2) RETURNING id`

/** Worker processes that are alive, or were until a moment ago. They serve all tenants. */
export function listWorkers(db: Database): Promise<readonly WorkerFacts[]> {
  return db.query<WorkerFacts>(ENGINE, LIST)
}

/**
 * Tells workers to claim nothing more and to finish what they have. They learn it with their next heartbeat, after five
 * seconds at most, and stay drained until they are restarted.
 *
 * @param options.ids which. Default: all
 * @returns the ids of those who were told
 * @throws NOT_FOUND when one of the ids is no worker's
 */
export function drainWorkers(
  db: Database,
  options: { readonly ids?: readonly string[] } = {},
): Promise<readonly string[]> {
  return order(db, 'drain', options.ids)
}

/**
 * Tells workers to finish what they have and then to end, so that their supervisor starts them anew. @returns, @throws as
 * `drainWorkers`
 */
export function restartWorkers(
  db: Database,
  options: { readonly ids?: readonly string[] } = {},
): Promise<readonly string[]> {
  return order(db, 'restart', options.ids)
}

async function order(
  db: Database,
  wanted: WorkerOrder,
  ids: readonly string[] | undefined,
): Promise<readonly string[]> {
  const told = await db.transaction(ENGINE, async (tx) => {
    const rows = await tx.query<{ id: string }>(ORDER, [wanted, ids ?? null])
    const missing = ids?.find((id) => rows.every((row) => row.id !== id))
    if (missing === undefined) return rows
    throw new MillraceError('NOT_FOUND', {
      message: `Failed to ${wanted} worker ${missing}: there is none of that id. List the workers.`,
      context: { worker: missing },
    })
  })
  return told.map(({ id }) => id)
}
