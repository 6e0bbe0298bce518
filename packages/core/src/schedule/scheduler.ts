import { catchError, EMPTY, Observable } from 'rxjs'
import { isDatabasesFault } from '../errors/is-databases-fault.ts'
import { isMillraceError } from '../errors/millrace-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { DueJob, JobStore } from '../ports/job-store.ts'
import type { RefusalReason, RunRef } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { clockScheduler } from '../streams/clock-scheduler.ts'
import { pollWithWakeups } from '../streams/poll-with-wakeups.ts'

export interface SchedulerOptions {
  readonly jobStore: Pick<JobStore, 'claimDue' | 'skip'>
  /**
   * Starts the run of a claimed job, unless the claim is lost.
   *
   * @throws RUN_REFUSED when it may not run now, and whatever is wrong with the job
   */
  readonly startRun: (claim: DueJob) => Promise<RunRef>
  /** Names of the connectors that this program has. */
  readonly connectors: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** From one look at the schedule to the next; jittered by a quarter. @default 5_000 */
  readonly pollMs?: number
  /** How long a claimed job may take to start before another scheduler tries. @default 60_000 */
  readonly holdMs?: number
}

/** What became of the jobs that were due at one look. */
export interface ScheduleRound {
  readonly started: readonly RunRef[]
  readonly skipped: readonly { readonly jobId: number; readonly tenantId: number; readonly note: string }[]
}

/** Few, so that a claim is used long before it ends. */
const CLAIMED_AT_ONCE = 10

/**
 * Starts runs of jobs that are due, for ever; one value for each look at the schedule. Any number of schedulers may run,
 * in any number of processes: a job is claimed by one of them, and a claim that nobody uses ends by itself.
 *
 * A job that cannot run now is skipped with a note and looked at again after its retry interval, or its schedule's when
 * its integration is inactive. A database that is away is waited for. Unsubscribing stops it, after the start in progress.
 */
export function scheduler(options: SchedulerOptions): Observable<ScheduleRound> {
  const { clock, random, log, pollMs = 5_000 } = options
  const look = (): Observable<ScheduleRound> =>
    oneLook(options).pipe(
      // The poll must complete to be repeated: what went wrong is over with it.
      catchError((error: unknown) => {
        log.warn(
          { error: String(error) },
          'Failed to look at the schedule: the job store does not answer. Trying again.',
        )
        return EMPTY
      }),
    )
  return pollWithWakeups(look, { wakeups: EMPTY, intervalMs: pollMs, random, scheduler: clockScheduler(clock) })
}

/** Whoever unsubscribes leaves what is claimed to other schedulers. */
function oneLook(options: SchedulerOptions): Observable<ScheduleRound> {
  return new Observable((subscriber) => {
    startDue(options, () => subscriber.closed).then(
      (round) => {
        subscriber.next(round)
        subscriber.complete()
      },
      (error: unknown) => subscriber.error(error),
    )
  })
}

async function startDue(options: SchedulerOptions, stopped: () => boolean): Promise<ScheduleRound> {
  const { jobStore, connectors, holdMs = 60_000 } = options
  const started: RunRef[] = []
  const skipped: ScheduleRound['skipped'][number][] = []
  for (;;) {
    const claims = await jobStore.claimDue({ connectors, limit: CLAIMED_AT_ONCE, holdMs })
    for (const claim of claims) {
      if (stopped()) break
      const outcome = await startOne(options, claim)
      if (outcome && 'runId' in outcome) started.push(outcome)
      else if (outcome) skipped.push(outcome)
    }
    if (claims.length < CLAIMED_AT_ONCE || stopped()) return { started, skipped }
  }
}

/** Nothing when somebody else has the job, or the claim must end by itself. */
async function startOne(
  { startRun, jobStore, log }: SchedulerOptions,
  claim: DueJob,
): Promise<RunRef | ScheduleRound['skipped'][number] | undefined> {
  const { id: jobId, tenantId, name } = claim.job
  try {
    const run = await startRun(claim)
    log.info({ run: run.runId, job: jobId, tenant: tenantId }, `Started ${name}, which is due.`)
    return run
  } catch (error) {
    const reason = isMillraceError(error) && error.code === 'RUN_REFUSED' ? error.context.reason : undefined
    if (SOMEBODY_ELSES.has(reason as RefusalReason)) return undefined
    const note = error instanceof Error ? error.message : String(error)
    log.warn({ job: jobId, tenant: tenantId, error: note }, `Skipped ${name}, which is due.`)
    if (isDatabasesFault(error)) return undefined
    const ours = await jobStore.skip(claim, { note, soon: reason !== 'integration-inactive' }).catch(() => false)
    return ours ? { jobId, tenantId, note } : undefined
  }
}

/** It runs, or was changed, after we claimed it: whoever did that set when it is due. */
const SOMEBODY_ELSES: ReadonlySet<RefusalReason> = new Set(['running', 'claim-lost', 'inactive', 'missing'])
