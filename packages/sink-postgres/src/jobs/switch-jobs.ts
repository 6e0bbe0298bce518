import { MillraceError } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { cancelRun } from '../ledger/cancel-run.ts'
import { changeFeed } from '../ledger/change-feed.ts'
import { scheduleAnew } from './job-schedule.ts'

interface JobName {
  readonly tenantId: number
  readonly jobId: number
}

/** $1 jobs */
const OPEN_RUNS = `SELECT id FROM etl_runs WHERE job_id = ANY ($1) AND state = 'running' ORDER BY id`

/** $1 job */
const FIND_JOB = 'SELECT job_name, connector FROM etl_jobs WHERE id = $1'

/** Touches nothing when it is so already. $1 job · $2 whether it is active */
const SET_JOB_ACTIVE =
  'UPDATE etl_jobs SET active = $2, last_updated_at = millrace_now() WHERE id = $1 AND active <> $2'

/** $1 integration */
const FIND_INTEGRATION = 'SELECT FROM integrations WHERE id = $1'

/** Touches nothing when it is so already. $1 integration · $2 whether it is active */
const SET_INTEGRATION_ACTIVE = `
  UPDATE integrations SET active = $2, last_updated_at = millrace_now() WHERE id = $1 AND active <> $2`

/** Also a job that was given another account while it reads this one. $1 integration */
const JOBS_OF_INTEGRATION = `
  SELECT id FROM etl_jobs WHERE integration_id = $1
  UNION SELECT job_id FROM etl_runs WHERE integration_id = $1 AND state = 'running'`

/** Until the transaction ends, no run of these jobs starts or ends. $1 jobs */
const LOCK_JOBS = 'SELECT FROM etl_jobs WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE'

/** What was skipped is due again. $1 jobs */
const DUE_NOW = `
  UPDATE etl_jobs SET next_run_at = millrace_now(), schedule_note = NULL
   WHERE id = ANY ($1) AND active AND integration_id IS NOT NULL AND overall <> 'RUNNING'`

/** $1 job */
const RESET_JOB = `
  UPDATE etl_jobs SET retry_count = 0, error_message = NULL, status_revision = status_revision + 1,
    status = status || jsonb_build_object('overall', 'READY', 'revision', status_revision + 1, 'steps', coalesce((
      SELECT jsonb_object_agg(name, step || '{"extraction": "idle", "transform": "idle", "embedding": "idle"}')
        FROM jsonb_each(status -> 'steps') AS steps (name, step)), '{}')),
    last_updated_at = millrace_now()
  WHERE id = $1 RETURNING last_run_id`

/**
 * Switches a job on or off. Off, its run is cancelled in the same transaction: nothing of it is committed any more,
 * checkpoints stay. On, it is due at once; one that is on already keeps its schedule.
 *
 * @param options.connectors names of the connectors that the program has; asked only when the job is switched on
 * @returns whether there is such a job
 * @throws INVALID_CONFIG when it is to be switched on and its connector is not among them
 */
export async function setJobActive(
  db: Database,
  options: JobName & { readonly active: boolean; readonly connectors: readonly string[] },
): Promise<boolean> {
  const { tenantId, jobId, active, connectors } = options
  return undisturbed(db, tenantId, async (tx, cancelRuns) => {
    const [job] = await tx.query<{ job_name: string; connector: string }>(FIND_JOB, [jobId])
    if (!job) return false
    if (active && !connectors.includes(job.connector)) {
      const reason = `no connector ${job.connector} is registered in this program`
      const message = `Failed to activate job ${job.job_name}: ${reason}. Register it, or leave the job inactive.`
      throw new MillraceError('INVALID_CONFIG', { message, context: { jobId, connector: job.connector } })
    }
    if (!active) await cancelRuns([jobId])
    const switched = (await tx.execute(SET_JOB_ACTIVE, [jobId, active])) > 0
    if (switched && active) await tx.execute(DUE_NOW, [[jobId]])
    else if (switched) await scheduleAnew(tx, jobId)
    return true
  })
}

/**
 * Switches an account on or off. Off, runs of its jobs are cancelled in the same transaction, and its jobs are skipped with
 * a note while it lasts. On, its active jobs are due at once.
 *
 * @returns whether there is such an integration
 */
export async function setIntegrationActive(
  db: Database,
  options: { readonly tenantId: number; readonly integrationId: number; readonly active: boolean },
): Promise<boolean> {
  const { tenantId, integrationId, active } = options
  return undisturbed(db, tenantId, async (tx, cancelRuns) => {
    if ((await tx.query(FIND_INTEGRATION, [integrationId])).length === 0) return false
    const jobs = (await tx.query<{ id: number }>(JOBS_OF_INTEGRATION, [integrationId])).map(({ id }) => id)
    if (!active) await cancelRuns(jobs)
    const switched = (await tx.execute(SET_INTEGRATION_ACTIVE, [integrationId, active])) > 0
    if (switched && active) await tx.execute(DUE_NOW, [jobs])
    return true
  })
}

/**
 * Makes a job READY, as if it had never run: a run that is under way is cancelled, failures are forgotten, and the job is
 * due as its schedule says. Checkpoints stay, and so do dead rows.
 *
 * @returns whether there is such a job
 */
export async function resetJob(db: Database, { tenantId, jobId }: JobName): Promise<boolean> {
  return undisturbed(db, tenantId, async (tx, cancelRuns, changed) => {
    if ((await tx.query(FIND_JOB, [jobId])).length === 0) return false
    await cancelRuns([jobId])
    const [reset] = await tx.query<{ last_run_id: number | null }>(RESET_JOB, [jobId])
    await scheduleAnew(tx, jobId)
    if (reset?.last_run_id) changed(reset.last_run_id)
    return true
  })
}

/** A run began between looking for runs and locking the job. */
class Disturbed extends Error {}

type CancelRuns = (jobIds: readonly number[]) => Promise<void>

/**
 * Cancels come before the job is locked, because everybody locks a run before its job; a run that starts in between is
 * the reason to begin anew. What changed is announced after the commit, so that requests in flight are aborted.
 */
async function undisturbed<T>(
  db: Database,
  tenantId: number,
  work: (tx: Tx, cancelRuns: CancelRuns, changed: (runId: number) => void) => Promise<T>,
): Promise<T> {
  for (;;) {
    const changedRuns = new Set<number>()
    try {
      const result = await db.transaction(tenant(tenantId), async (tx) => {
        changedRuns.clear()
        const openRuns = (jobIds: readonly number[]) => tx.query<{ id: number }>(OPEN_RUNS, [jobIds])
        const cancelRuns: CancelRuns = async (jobIds) => {
          for (const { id } of await openRuns(jobIds)) if (await cancelRun(tx, id)) changedRuns.add(id)
          await tx.query(LOCK_JOBS, [jobIds])
          if ((await openRuns(jobIds)).length > 0) throw new Disturbed()
        }
        return work(tx, cancelRuns, (runId) => void changedRuns.add(runId))
      })
      for (const runId of changedRuns) changeFeed(db).announce({ kind: 'status', runId })
      return result
    } catch (error) {
      if (!(error instanceof Disturbed)) throw error
    }
  }
}
