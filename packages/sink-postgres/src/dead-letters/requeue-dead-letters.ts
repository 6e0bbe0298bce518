import { isClosed, isHopeless, type JobType, STAGE_OF_JOB_TYPE, type StageCounters } from '@millrace/core'
import { type Actor, recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { sqlState } from '../database/database-error.ts'
import { settle } from '../ledger/advance-run.ts'
import { announceWork } from '../ledger/change-feed.ts'
import { announceDead } from '../ledger/job-document.ts'
import { lockRun } from '../ledger/locked-run.ts'
import type { StageDelta } from '../ledger/stage-counters.ts'
import { type DeadLetterFilter, filterValues, MATCHES_FILTER } from './dead-letter.ts'

export interface RequeueDeadLetters extends DeadLetterFilter, Actor {
  readonly tenantId: number
  /**
   * Rows requeued in one transaction.
   * @default 500
   */
  readonly batch?: number
}

export interface Requeued {
  /** Taken over by the run of their job that is under way. */
  readonly adopted: number
  /** Left for the next run of their job, which is due at once if the job is active. */
  readonly waiting: number
}

/** Not again what waits for the next run already. $1 to $8 the filter · $9 the last id · $10 limit */
const LOCK_DEAD = `
  SELECT q.id, q.job_id AS "jobId", q.run_id AS "runId", q.step, q.job_type AS "jobType", q.unit_key AS "unitKey"
    FROM etl_job_queue q WHERE ${MATCHES_FILTER} AND q.id > $9
   ORDER BY q.id LIMIT $10 FOR NO KEY UPDATE`

interface DeadRow {
  readonly id: number
  readonly jobId: number
  readonly runId: number
  readonly step: string
  readonly jobType: JobType
  readonly unitKey: string | null
}

/** $1 job */
const FIND_RUN = `SELECT id FROM etl_runs WHERE job_id = $1 AND state = 'running'`

/** $1 run */
const LOCK_STAGES = `
  SELECT step, stage, state, planned, done, dead FROM etl_run_steps WHERE run_id = $1
   ORDER BY step, stage FOR NO KEY UPDATE`

/** A row about what the run has planned already stays where it is. $1 ids · $2 run */
const ADOPT = `
  UPDATE etl_job_queue q SET run_id = $2, status = 'pending', attempts = 0, lease_token = lease_token + 1, lease_until = NULL,
    worker_id = NULL, scheduled_at = millrace_now(), published_at = NULL, completed_at = NULL, error_code = NULL,
    error_transient = NULL, error_details = NULL, requeued_at = NULL, waited_ms = 0
  WHERE q.id = ANY ($1::bigint[]) AND (q.unit_key IS NULL OR q.run_id = $2 OR NOT EXISTS (
    SELECT FROM etl_job_queue other WHERE other.run_id = $2 AND other.step = q.step AND other.job_type = q.job_type
      AND other.unit_key = q.unit_key))
  RETURNING q.id`

/** $1 ids */
const REQUEST = `UPDATE etl_job_queue SET requeued_at = coalesce(requeued_at, millrace_now()) WHERE id = ANY ($1::bigint[])`

/** The end of a run does the same for what was requeued meanwhile. $1 job */
const MAKE_DUE = `
  UPDATE etl_jobs SET next_run_at = least(next_run_at, millrace_now())
   WHERE id = $1 AND overall <> 'RUNNING' AND active AND integration_id IS NOT NULL`

/**
 * Has dead letters tried again, with a fresh count of attempts. It always goes by the ledger, never by what a broker kept.
 *
 * While their job runs, and as long as the stage they belong to is open, the run takes them over, units of earlier runs
 * excepted: they count as planned in it.
 * Where there is no such run, they wait for the job's next run, which adopts them whatever they died of; it is due at once.
 * A run is not started for them alone: an incremental run asks only for what changed anyway, and what runs has one owner,
 * the scheduler.
 */
export async function requeueDeadLetters(db: Database, options: RequeueDeadLetters): Promise<Requeued> {
  const { tenantId, batch = 500 } = options
  let after = 0
  let adopted = 0
  let waiting = 0
  for (;;) {
    const attempt = (mayAdopt: boolean): Promise<BatchResult> =>
      db.transaction(tenant(tenantId), (tx) => requeueBatch(tx, options, { after, batch, mayAdopt }))
    // The run may plan the very unit at the same moment; then the unit's own row is the newer one.
    const result = await attempt(true).catch((error: unknown) => {
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error
      return attempt(false)
    })
    adopted += result.adopted
    waiting += result.waiting
    if (result.adopted > 0) await announceWork(db)
    if (result.last === undefined) return { adopted, waiting }
    after = result.last
  }
}

const UNIQUE_VIOLATION = '23505'

interface BatchResult extends Requeued {
  readonly last: number | undefined
}

async function requeueBatch(
  tx: Tx,
  options: RequeueDeadLetters,
  { after, batch, mayAdopt }: { readonly after: number; readonly batch: number; readonly mayAdopt: boolean },
): Promise<BatchResult> {
  const rows = await tx.query<DeadRow>(LOCK_DEAD, [...filterValues(options), after, batch])
  let adopted = 0
  for (const [jobId, dead] of Map.groupBy(rows, (row) => row.jobId)) {
    const taken = mayAdopt ? await adoptIntoRunning(tx, jobId, dead) : new Set<number>()
    const left = dead.filter((row) => !taken.has(row.id)).map((row) => row.id)
    adopted += taken.size
    if (taken.size > 0) await announceDead(tx, jobId)
    if (left.length === 0) continue
    await tx.execute(REQUEST, [left])
    await tx.execute(MAKE_DUE, [jobId])
  }
  if (rows.length > 0) {
    const { tenantId, actor, reason } = options
    const ids = rows.map(({ id }) => id)
    const entry = { action: 'dead-letters.requeue', objectType: 'dead_letter', details: { ids } }
    const objectId = ids.length === 1 ? (ids[0] ?? null) : null
    await recordAction(tx, { tenantId, actor, ...entry, objectId, ...(reason !== undefined && { reason }) })
  }
  const last = rows.length < batch ? undefined : rows.at(-1)?.id
  return { adopted, waiting: rows.length - adopted, last }
}

/** Locks in the order of every commit: ledger rows (which the caller holds), counters, run. */
async function adoptIntoRunning(tx: Tx, jobId: number, dead: readonly DeadRow[]): Promise<ReadonlySet<number>> {
  const [run] = await tx.query<{ id: number }>(FIND_RUN, [jobId])
  if (!run) return new Set()
  const stages = await tx.query<StageCounters>(LOCK_STAGES, [run.id])
  const locked = await lockRun(tx, run.id)
  if (locked?.state !== 'running') return new Set()
  const isOpen = (row: DeadRow): boolean =>
    stages.some(
      (it) => it.step === row.step && it.stage === STAGE_OF_JOB_TYPE[row.jobType] && !isClosed(it) && !isHopeless(it),
    )
  // A unit of an earlier run has its window and cursor; taken over here, it would pass for the one that this run plans or
  // spawns and reads from elsewhere. The next run takes it over before it plans. A plan is nobody's debt: every run plans anew.
  const isOurs = (row: DeadRow): boolean =>
    row.jobType === 'transform' || row.jobType === 'embed' || (row.jobType === 'extract' && row.runId === run.id)
  // Of two about the same unit, the newer one.
  const newest = new Map(
    dead.map((row) => [row.unitKey === null ? row.id : JSON.stringify([row.step, row.jobType, row.unitKey]), row]),
  )
  const wanted = [...newest.values()].filter((row) => isOpen(row) && isOurs(row))
  if (wanted.length === 0) return new Set()
  const rows = await tx.query<{ id: number }>(ADOPT, [wanted.map(({ id }) => id), run.id])
  const taken = new Set(rows.map(({ id }) => id))
  const deltas = wanted
    .filter(({ id }) => taken.has(id))
    .map(
      ({ runId, step, jobType }): StageDelta => ({
        step,
        stage: STAGE_OF_JOB_TYPE[jobType],
        // Of this very run, it was planned already.
        ...(runId === run.id ? { dead: -1 } : { planned: 1 }),
      }),
    )
  await settle(tx, run.id, deltas)
  return taken
}
