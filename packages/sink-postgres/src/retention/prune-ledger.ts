import { recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'

const BEFORE = `millrace_now() - $1::float8 * interval '1 day'`

/** What a cancelled run left and nobody took over ages as dead letters do. $1 days · $2 limit */
const PRUNE_DEAD = `
  DELETE FROM etl_job_queue WHERE id = ANY (ARRAY (
    SELECT q.id FROM etl_job_queue q JOIN etl_runs r ON r.id = q.run_id
     WHERE r.state <> 'running' AND q.status IN ('dead', 'cancelled')
       AND greatest(q.completed_at, q.requeued_at) < ${BEFORE}
     ORDER BY q.id LIMIT $2 FOR UPDATE OF q SKIP LOCKED))`

/** Runs with debt stay, and so does the last run of each job. Their counters go with them. $1 days · $2 limit */
const PRUNE_RUNS = `
  DELETE FROM etl_runs WHERE id = ANY (ARRAY (
    SELECT r.id FROM etl_runs r JOIN etl_jobs j ON j.id = r.job_id
     WHERE r.state <> 'running' AND r.finished_at < ${BEFORE} AND j.last_run_id IS DISTINCT FROM r.id
       AND NOT EXISTS (SELECT FROM etl_job_queue q
         WHERE q.job_id = r.job_id AND q.run_id = r.id AND q.status IN ('dead', 'cancelled'))
     ORDER BY r.id LIMIT $2 FOR UPDATE OF r SKIP LOCKED))`

interface Options {
  readonly tenantId: number
  readonly days: number
  readonly batch: number
}

/** Gives up dead letters that nobody looked at for so long; the audit log tells how many. */
export async function pruneDeadLetters(db: Database, options: Options): Promise<number> {
  const { tenantId, days } = options
  return inBatches(db, options, async (tx) => {
    const count = await tx.execute(PRUNE_DEAD, [days, options.batch])
    const entry = { actor: 'retention', action: 'dead-letters.prune', objectType: 'dead_letter', objectId: null }
    if (count > 0) await recordAction(tx, { tenantId, ...entry, details: { count, days } })
    return count
  })
}

/** Deletes runs that ended so long ago. */
export function pruneRuns(db: Database, options: Options): Promise<number> {
  return inBatches(db, options, (tx) => tx.execute(PRUNE_RUNS, [options.days, options.batch]))
}

async function inBatches(
  db: Database,
  { tenantId, batch }: Options,
  work: (tx: Tx) => Promise<number>,
): Promise<number> {
  let total = 0
  for (;;) {
    const count = await db.transaction(tenant(tenantId), work)
    total += count
    if (count < batch) return total
  }
}
