import {
  catchError,
  concatMap,
  defer,
  distinct,
  EMPTY,
  filter,
  from,
  map,
  merge,
  mergeMap,
  type Observable,
  takeWhile,
  tap,
} from 'rxjs'
import type { JobStatus } from '../completion/job-status.ts'
import type { StageCounters } from '../completion/run-graph.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeadRow, Ledger, RunName, RunRef, RunSnapshot, RunState, RunTotals, RunWarning } from '../ports/ledger.ts'
import { ticks } from '../streams/ticks.ts'

/** How a run ended. */
export interface RunSummary extends RunRef {
  readonly state: Exclude<RunState, 'running'>
  /** What its `failures` say, each message once: sentences for people. Empty when nothing failed. */
  readonly reasons: readonly string[]
  readonly durationMs: number
  readonly totals: RunTotals
  readonly counters: readonly StageCounters[]
  /** The first dead rows, oldest first: what failed, and why. */
  readonly failures: readonly DeadRow[]
  /** What failed nothing, and that people have to know: what was left unread, and why. */
  readonly warnings: readonly RunWarning[]
}

/** What one sees of a run while it goes on. */
export type RunEvent =
  | { readonly type: 'run-started'; readonly runId: number; readonly status: JobStatus }
  /** A stage or the run changed its state. */
  | { readonly type: 'status'; readonly runId: number; readonly status: JobStatus }
  /** Numbers for progress bars, with every change of a stage and otherwise once a second. */
  | {
      readonly type: 'progress'
      readonly runId: number
      readonly counters: readonly StageCounters[]
      readonly totals: RunTotals
    }
  /** The last event, whether the run finished, failed or was cancelled. */
  | { readonly type: 'run-finished'; readonly runId: number; readonly summary: RunSummary }

const MAX_FAILURES = 20
const LOOK_EVERY_MS = 1_000
/** Looks in a row that may fail for a transient reason: a database that restarts is back by then. */
const MAX_FAILED_LOOKS = 60
/** By how much the clocks of two machines may differ. */
const CLOCK_SKEW_MS = 60_000

/**
 * The events of one run, from `run-started` to `run-finished`, read from the ledger: at once when it announces a change, and
 * every second in any case. Unsubscribing only stops looking.
 *
 * @throws RUN_UNKNOWN; DATABASE_UNAVAILABLE and the like, when the ledger does not answer for a minute or longer
 */
export function runEvents(
  ledger: Ledger,
  run: RunName,
  clock: Clock,
  giveUp: (error: unknown, failedLooks: number) => boolean = afterAMinute,
): Observable<RunEvent> {
  const { runId, tenantId } = run
  const announced = ledger.changes.pipe(filter((change) => change.kind === 'status' && change.runId === runId))
  let revision = -1
  let failedLooks = 0
  let wanted = 0
  let numbersAreDue = false
  return merge(announced, ticks(clock, LOOK_EVERY_MS)).pipe(
    // One look at a time, and one that follows: it sees all that happened meanwhile, however long the first one takes.
    filter((cause) => {
      numbersAreDue ||= cause === 'tick'
      return wanted < 2
    }),
    tap(() => {
      wanted += 1
    }),
    concatMap(() => from(patiently())),
    concatMap((events) => from(events)),
    takeWhile((event) => event.type !== 'run-finished', true),
  )

  async function patiently(): Promise<readonly RunEvent[]> {
    const numbers = numbersAreDue
    numbersAreDue = false
    try {
      const events = await look(numbers)
      failedLooks = 0
      return events
    } catch (error) {
      failedLooks += 1
      if (giveUp(error, failedLooks)) throw error
      return []
    } finally {
      wanted -= 1
    }
  }

  async function look(numbers: boolean): Promise<readonly RunEvent[]> {
    const snapshot = await ledger.run(runId)
    if (snapshot?.tenantId !== tenantId) {
      throw new MillraceError('RUN_UNKNOWN', {
        message: `Failed to watch run ${runId}: the tenant has no such run. Use the number that startRun gave.`,
      })
    }
    const events: RunEvent[] = []
    const { status } = snapshot
    if (revision < 0) events.push({ type: 'run-started', runId, status })
    else if (status.revision > revision) events.push({ type: 'status', runId, status })
    revision = Math.max(revision, status.revision)
    const ended = snapshot.state !== 'running'
    // Numbers go with every change of a stage, so that none is shown finished with what was counted before.
    if (numbers || events.length > 0)
      events.push({ type: 'progress', runId, counters: snapshot.counters, totals: snapshot.totals })
    if (ended) events.push({ type: 'run-finished', runId, summary: await summaryOf(ledger, snapshot, clock) })
    return events
  }
}

function afterAMinute(error: unknown, failedLooks: number): boolean {
  return !isMillraceError(error) || !error.retryable || failedLooks >= MAX_FAILED_LOOKS
}

/**
 * The events of every run of a tenant, each as `runEvents` tells them. A run is watched from the first change of its status that the
 * ledger announces, or from the first row of it that this process works on; one that ended before it began to watch is none. Never
 * completes, remembers the number of each run that it heard of, and looks again whatever a look fails of: one run must not end
 * the events of all others.
 */
export function tenantEvents(
  ledger: Ledger,
  atWork: Observable<RunRef>,
  tenantId: number,
  clock: Clock,
): Observable<RunEvent> {
  return defer(() => {
    const began = clock.now()
    const changed = ledger.changes.pipe(filter((change) => change.kind === 'status'))
    return merge(changed, atWork.pipe(filter((row) => row.tenantId === tenantId))).pipe(
      map(({ runId }) => runId),
      distinct(),
      // Runs go on side by side.
      mergeMap(async (runId) => ({ runId, isNews: await isNews(runId, began) })),
      filter(({ isNews }) => isNews),
      mergeMap(({ runId }) => runEvents(ledger, { runId, tenantId }, clock, isUnknown).pipe(catchError(() => EMPTY))),
    )
  })

  /** The runs of all tenants are announced, and a job that is reset announces its last one, which may have ended long ago. */
  async function isNews(runId: number, began: number): Promise<boolean> {
    const snapshot = await ledger.run(runId).catch(() => undefined)
    // What cannot be read now is looked at again.
    if (snapshot === undefined) return true
    return snapshot.tenantId === tenantId && (snapshot.finishedAt?.getTime() ?? began) >= began - CLOCK_SKEW_MS
  }
}

function isUnknown(error: unknown): boolean {
  return isMillraceError(error) && error.code === 'RUN_UNKNOWN'
}

async function summaryOf(ledger: Ledger, snapshot: RunSnapshot, clock: Clock): Promise<RunSummary> {
  const { runId, jobId, tenantId, state, counters, totals, warnings, startedAt, finishedAt } = snapshot
  const failures = await ledger.deadRows(runId, MAX_FAILURES)
  return {
    runId,
    jobId,
    tenantId,
    state: state === 'running' ? 'failed' : state,
    reasons: [...new Set(failures.map(({ failure }) => failure.message))],
    durationMs: (finishedAt?.getTime() ?? clock.now()) - startedAt.getTime(),
    totals,
    counters,
    failures,
    warnings,
  }
}
