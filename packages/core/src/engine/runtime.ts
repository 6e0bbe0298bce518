import {
  EMPTY,
  filter,
  from,
  merge,
  mergeMap,
  type Observable,
  ReplaySubject,
  Subject,
  Subscription,
  takeUntil,
} from 'rxjs'
import type { JobType } from '../completion/run-graph.ts'
import type { Connector } from '../contracts/connector.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import type { Budget } from '../ports/budget.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { Lease, Ledger, RunName, RunRef } from '../ports/ledger.ts'
import type { Loader } from '../ports/loader.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { RunMode } from '../ports/run-mode.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { Transport } from '../ports/transport.ts'
import { scheduler } from '../schedule/scheduler.ts'
import { untilAborted } from '../signals/until-aborted.ts'
import { within } from '../signals/within.ts'
import { processMemory } from '../system/process-memory.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { workerIdentity } from '../system/worker-identity.ts'
import { silentTelemetry } from '../telemetry/silent-telemetry.ts'
import { ledgerTransport } from '../transport/ledger-transport.ts'
import { VERSION } from '../version.ts'
import { DEFAULT_LIMITS, type Engine, type EngineLimits, type HttpPolicy, type Vectorizer } from './engine.ts'
import { livenessOf } from './liveness.ts'
import { type Chore, maintain } from './maintenance.ts'
import { pagesInHand } from './pages-in-hand.ts'
import { handBack, perform } from './perform.ts'
import { quarantine } from './quarantine.ts'
import { type RunEvent, runEvents, tenantEvents } from './run-events.ts'
import { runRequest } from './run-request.ts'
import { watchRow } from './watch-row.ts'
import { workInProgress } from './work-in-progress.ts'
import { workerOrders } from './worker-orders.ts'

/** Which part of the work a process takes: `scheduler` starts runs of jobs that are due, the others work on their rows. */
export const ROLES = ['scheduler', 'extract', 'transform', 'embed'] as const
export type Role = (typeof ROLES)[number]
type WorkRole = Exclude<Role, 'scheduler'>

const JOB_TYPES_OF_ROLE = {
  extract: ['plan', 'extract'],
  transform: ['transform'],
  embed: ['embed'],
} as const satisfies { readonly [role in WorkRole]: readonly JobType[] }

export interface RuntimeOptions {
  readonly connectors: readonly Connector[]
  readonly ledger: Ledger
  readonly jobStore: JobStore
  readonly loader: Loader
  /** @default none: nothing is embedded */
  readonly vectorizer?: Vectorizer
  /** @default the ledger itself */
  readonly transport?: Transport
  /** @default all but 'scheduler': that runs begin by themselves is asked for */
  readonly roles?: readonly Role[]
  /** Rows of a role that are worked on at once. @default extract 4, transform 2, embed 2 */
  readonly concurrency?: Partial<Record<WorkRole, number>>
  readonly limits?: Partial<EngineLimits>
  /**
   * Whether a process that extracts and transforms does both to a page in one commit. Otherwise every page becomes a
   * transform row, for whichever process is free: for workers that are to share the transforming of few large units.
   * @default true
   */
  readonly transformAtOnce?: boolean
  /**
   * How long a row may go without a commit. Longer than a request with all its retries may take, so that a provider that
   * hangs is a timeout and not a lost lease; a worker that died is found out by its heartbeat, much sooner.
   * @default 900_000
   */
  readonly leaseMs?: number
  /**
   * A worker that was not heard of for so long has its rows taken over, in milliseconds. The same in all processes that share
   * a ledger: the most impatient of them decides. @default 20_000
   */
  readonly staleAfterMs?: number
  /**
   * From one sign of life to the next, in milliseconds, and from one look for vanished workers to the next. At most half of
   * `staleAfterMs`. @default a quarter of it
   */
  readonly heartbeatMs?: number
  /** @default none */
  readonly chores?: readonly Chore[]
  /** @default the global `fetch` */
  readonly fetch?: typeof globalThis.fetch
  /** Retries, timeouts and what may be asked. @default as documented there */
  readonly http?: HttpPolicy
  /** Resident memory of this process, in bytes, for the history of runs. @default the operating system's answer */
  readonly memory?: () => number
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
  /** Traces and metrics. @default none */
  readonly telemetry?: Telemetry
  /** What processes share of the providers' limits; claims of the same store obey it. @default each process knows its own */
  readonly budget?: Budget
}

export interface StopOptions {
  /**
   * How long rows at work may go on, in milliseconds. No more are taken meanwhile, and a unit pauses after its page.
   * @default 0: requests are aborted at once
   */
  readonly deadlineMs?: number
}

export interface StartOptions {
  readonly tenantId: number
  readonly jobId: number
  /** @default 'incremental' */
  readonly mode?: RunMode
  /** The window of a backfill. */
  readonly backfill?: { readonly from: Date; readonly to: Date }
  /** Names of the steps to run. @default all that run in this mode */
  readonly steps?: readonly string[]
  readonly batchSize?: number
  readonly includeCustomFields?: boolean
  readonly includeDevStatus?: boolean
  /** Take every census now, whatever its interval, and believe it however many rows it removes. @default false */
  readonly allowDeletions?: boolean
  /** Priority of the run's rows, 1 first. @default 5 */
  readonly priority?: number
  /** Tries of a row before it is dead. @default 5 */
  readonly maxAttempts?: number
  /** Of a replay: transform only raw records that were received since then. @default all that are stored */
  readonly since?: Date
}

/** A process that works on runs. */
export interface Runtime {
  /** Starts working. Prepares the loader, and releases what an earlier process of an exclusive ledger left leased. */
  start(): Promise<void>
  /**
   * Starts a run of a job; the work is done by whichever runtimes share the ledger.
   *
   * @throws RUN_REFUSED when the job runs already, or it or its integration is inactive
   * @throws INVALID_CONFIG when an option is wrong
   */
  startRun(options: StartOptions): Promise<RunRef>
  /**
   * The events of a run. Unsubscribing only detaches; `cancelRun` cancels.
   *
   * @throws RUN_UNKNOWN through the Observable's error, when the tenant has no such run
   */
  events(run: RunName): Observable<RunEvent>
  /**
   * The events of every run of a tenant, whoever began it and in whichever process, until this runtime has stopped. A run is seen
   * from the next change of a stage on, or once this process works on it: subscribe before `start`, to miss none. Looks that fail are
   * repeated, for as long as it takes. A run of another process that began and ended while nothing announced it, because the
   * connection to the ledger was lost, is not told.
   *
   * @example
   * runtime.allEvents({ tenantId }).subscribe((event) => {
   *   if (event.type === 'run-finished') console.log(event.runId, event.summary.state)
   * })
   */
  allEvents(of: { readonly tenantId: number }): Observable<RunEvent>
  /** @throws RUN_UNKNOWN when the tenant has no such run */
  cancelRun(run: RunName): Promise<void>
  /**
   * Resolves once people asked this worker to restart and all that it held is finished: stop it, and end the process so that
   * its supervisor starts a new one. Never rejects.
   */
  readonly restartRequested: Promise<void>
  /**
   * Stops working: no row is taken any more; what is not done by the deadline is aborted and handed back, its attempt not
   * counted. Resolves when nothing of this runtime is under way. Called again, it may shorten the wait.
   */
  stop(options?: StopOptions): Promise<void>
}

const DEFAULT_LEASE_MS = 900_000
/** Until a suspect row is due again that could not be alone in time. */
const SUSPECT_PAUSE_MS = 1_000
/** Part of its lease that a suspect row may wait to be alone. */
const MOST_WAITED = 0.25
const DEFAULT_CONCURRENCY: Record<WorkRole, number> = { extract: 4, transform: 2, embed: 2 }

/**
 * Composes the ports into a process that does work.
 *
 * @throws INVALID_CONFIG when `heartbeatMs` does not fit into `staleAfterMs`
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { clock = systemClock, random = systemRandom, log = silentLogger, ledger } = options
  const { leaseMs = DEFAULT_LEASE_MS, roles = ROLES.filter(works) } = options
  const { staleAfterMs, heartbeatMs } = livenessOf(options)
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  let stopping = false
  const engine: Engine = {
    connectors: new Map(options.connectors.map((connector) => [connector.name, connector])),
    ledger,
    jobStore: options.jobStore,
    loader: options.loader,
    vectorizer: options.vectorizer,
    clock,
    random,
    log,
    telemetry: options.telemetry ?? silentTelemetry,
    budget: options.budget,
    isStopping: () => stopping,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    http: options.http ?? {},
    memory: options.memory ?? (() => processMemory().rssBytes),
    limits,
    pages: pagesInHand(limits.bytesInHand),
    transformAtOnce: (options.transformAtOnce ?? true) && roles.includes('transform'),
  }
  const workerId = random.id()
  const atWork = workInProgress()
  const taken = new Subject<Lease>()
  const stopped = new ReplaySubject<void>(1)
  const deliveries = new Subscription()
  const upkeep = new Subscription()
  const orders = workerOrders(atWork)
  const apart = quarantine()
  const mayClaim = (): boolean => orders.mayClaim() && !stopping && !apart.isClosed()
  // A claim that arrives after stopping began is waited for, so that its rows are handed back.
  const claim: Ledger['claim'] = (request) => atWork.track(claimInTime(request))
  const claimInTime: Ledger['claim'] = async (request) => {
    while (apart.isClosed()) await apart.untilOpen()
    return apart.claiming(() => claimWhileOpen(request))
  }
  const claimWhileOpen: Ledger['claim'] = async (request) => {
    // Who gets no row that a message names takes it for somebody else's, and forgets it.
    const leases = request.row || mayClaim() ? await ledger.claim(request) : []
    // What is claimed beside a suspect row goes first, and is not handed back.
    if (mayClaim()) return leases.toSorted((left, right) => Number(left.suspect) - Number(right.suspect))
    // The claim was under way when it was decided to take no more.
    for (const lease of leases) await release(lease)
    return []
  }
  /** Under a signal of its own, and never rejects. What was done of the row or not, this process holds it no more. */
  const holding = (lease: Lease, work: (signal: AbortSignal) => Promise<void>): Promise<void> =>
    atWork
      .begin(lease.runId, work)
      .catch((error: unknown) => {
        const facts = { run: lease.runId, row: lease.id, error: String(error) }
        log.warn(facts, 'Failed to commit: the ledger does not answer. The row is taken over when its lease expires.')
      })
      .finally(() => apart.release(lease))
  /** Gives back what is not worked on. Who stops does not wait for the ledger: retiring gives back what is left. */
  const release = (lease: Lease): Promise<void> =>
    holding(lease, (signal) => handBack(engine, lease, 0, stopping ? AbortSignal.abort() : signal))
  const transport = options.transport ?? ledgerTransport({ ledger, clock, random, log })

  const concurrencyOf = (role: WorkRole): number => options.concurrency?.[role] ?? DEFAULT_CONCURRENCY[role]

  /** Deliveries of one role; a row that fails never ends the stream. */
  const workOf = (role: WorkRole): Observable<void> => {
    const concurrency = concurrencyOf(role)
    const request = {
      workerId,
      jobTypes: JOB_TYPES_OF_ROLE[role],
      prefetch: concurrency,
      leaseMs,
      claim,
      handBack: release,
    }
    return transport.deliveries(request).pipe(
      // What was delivered before is still worked on.
      takeUntil(orders.draining),
      // Rows are independent of each other, so they are worked on side by side.
      mergeMap(({ lease, ack }) => workOn(lease).finally(ack), concurrency),
    )
  }

  /** Waits for what was begun before, but not so long that the lease would not be good for the row's own work. */
  const isAlone = async (lease: Lease, signal: AbortSignal): Promise<boolean> => {
    const alone = untilAborted(apart.untilAlone(), signal).catch(() => undefined)
    await within(clock, lease.leaseMs * MOST_WAITED, alone)
    return apart.isAlone() && !signal.aborted
  }

  /** Resolves when the row is settled or given back. */
  const workOn = (lease: Lease): Promise<void> => {
    taken.next(lease)
    const admission = apart.admit(lease)
    const work = async (signal: AbortSignal): Promise<void> => {
      if (admission === 'work' || (admission === 'work alone' && (await isAlone(lease, signal)))) {
        const progressed = (): void => apart.absolve(lease)
        await watchRow(engine, lease, () => perform(engine, lease, signal, progressed))
      } else {
        const delayMs = admission === 'work alone' && !signal.aborted ? SUSPECT_PAUSE_MS : 0
        await handBack(engine, lease, delayMs, signal)
      }
    }
    return holding(lease, work)
  }

  const identity = { workerId, roles, ...workerIdentity(), version: VERSION }
  const capacity = roles.filter(works).reduce((sum, role) => sum + concurrencyOf(role), 0)
  const { beat, upkeep: maintenance } = maintain({
    ledger,
    self: () => ({ ...identity, ...processMemory(), atWork: atWork.count(), capacity, staleAfterMs }),
    obey: orders.obey,
    chores: options.chores ?? [],
    track: atWork.track,
    ...{ staleAfterMs, heartbeatMs, clock, log },
  })

  /** Requests of a run that somebody cancelled are aborted; its rows are fenced already. */
  const cancellations = ledger.changes.pipe(
    filter((change) => change.kind === 'status' && atWork.knows(change.runId)),
    // Looks at several runs side by side.
    mergeMap(async (change) => {
      if (change.kind !== 'status') return
      const run = await ledger.run(change.runId).catch(() => undefined)
      if (run?.state === 'cancelled')
        atWork.abort(new MillraceError('CANCELLED', { message: 'The run was cancelled.' }), run.runId)
    }),
  )

  // Stopping waits for what the scheduler is in the middle of.
  const schedule = scheduler({
    jobStore: {
      claimDue: (request) => atWork.track(options.jobStore.claimDue(request)),
      skip: (claim, skip) => atWork.track(options.jobStore.skip(claim, skip)),
    },
    startRun: ({ job, claimedUntil }) => {
      const request = { tenantId: job.tenantId, jobId: job.id }
      return atWork.track(runRequest(engine, request, claimedUntil).then((run) => ledger.startRun(run)))
    },
    connectors: [...engine.connectors.keys()],
    clock,
    random,
    log,
  })

  return {
    start: async () => {
      await options.loader.prepare(options.connectors.flatMap((connector) => connector.entities))
      await beat()
      if (ledger.exclusive) await ledger.sweep({ staleAfterMs, ownerless: true })
      const { upkeep: feeding = EMPTY } = transport
      upkeep.add(merge(maintenance, cancellations, feeding).subscribe())
      const scheduling = roles.includes('scheduler') ? schedule.pipe(takeUntil(orders.draining)) : EMPTY
      deliveries.add(merge(scheduling, from(roles.filter(works)).pipe(mergeMap(workOf))).subscribe())
    },
    startRun: async (request) => ledger.startRun(await runRequest(engine, request)),
    events: (run) => runEvents(ledger, run, clock),
    allEvents: ({ tenantId }) => tenantEvents(ledger, taken, tenantId, clock).pipe(takeUntil(stopped)),
    cancelRun: (run) => ledger.cancelRun(run),
    restartRequested: orders.restartRequested,
    stop: async ({ deadlineMs = 0 } = {}) => {
      stopping = true
      deliveries.unsubscribe()
      // Heartbeats go on: who still works must not look dead.
      if (deadlineMs > 0) await within(clock, deadlineMs, atWork.idle())
      upkeep.unsubscribe()
      atWork.abort(new MillraceError('CANCELLED', { message: 'The process shuts down.' }))
      await atWork.settled()
      await ledger.retire(workerId).catch((error: unknown) => {
        const facts = { error: String(error) }
        log.warn(facts, 'Failed to hand rows back: the ledger does not answer. They are released without it.')
      })
      stopped.next()
    },
  }
}

function works(role: Role): role is WorkRole {
  return role !== 'scheduler'
}
