import {
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  filter,
  from,
  merge,
  mergeMap,
  type Observable,
  Subscription,
} from 'rxjs'
import type { JobType } from '../completion/run-graph.ts'
import type { Connector } from '../contracts/connector.ts'
import { runGraph } from '../contracts/run-graph-of.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { Ledger, RunMode, RunRef, StartRun } from '../ports/ledger.ts'
import type { Loader } from '../ports/loader.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Transport } from '../ports/transport.ts'
import { ticks } from '../streams/ticks.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { workerIdentity } from '../system/worker-identity.ts'
import { ledgerTransport } from '../transport/ledger-transport.ts'
import { VERSION } from '../version.ts'
import { DEFAULT_LIMITS, type Engine, type EngineLimits, type HttpPolicy, type Vectorizer } from './engine.ts'
import { perform } from './perform.ts'
import { type RunEvent, runEvents } from './run-events.ts'
import { workInProgress } from './work-in-progress.ts'

/** Which part of the work a process takes. */
export const ROLES = ['extract', 'transform', 'embed'] as const
export type Role = (typeof ROLES)[number]

const JOB_TYPES_OF_ROLE = {
  extract: ['plan', 'extract'],
  transform: ['transform'],
  embed: ['embed'],
} as const satisfies { readonly [role in Role]: readonly JobType[] }

export interface RuntimeOptions {
  readonly connectors: readonly Connector[]
  readonly ledger: Ledger
  readonly jobStore: JobStore
  readonly loader: Loader
  /** @default none: nothing is embedded */
  readonly vectorizer?: Vectorizer
  /** @default the ledger itself */
  readonly transport?: Transport
  /** @default all */
  readonly roles?: readonly Role[]
  /** Rows of a role that are worked on at once. @default extract 4, transform 2, embed 2 */
  readonly concurrency?: Partial<Record<Role, number>>
  readonly limits?: Partial<EngineLimits>
  /**
   * How long a row may go without a commit. Longer than a request with all its retries may take, so that a provider that
   * hangs is a timeout and not a lost lease; a worker that died is found out by its heartbeat, much sooner.
   * @default 900_000
   */
  readonly leaseMs?: number
  /** A worker that was not heard of for so long has its rows taken over. @default 20_000 */
  readonly staleAfterMs?: number
  /** @default the global `fetch` */
  readonly fetch?: typeof globalThis.fetch
  /** Retries, timeouts and what may be asked. @default as documented there */
  readonly http?: HttpPolicy
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
}

export interface StartOptions {
  readonly tenantId: number
  readonly jobId: number
  /** @default 'incremental' */
  readonly mode?: RunMode
  readonly batchSize?: number
  readonly includeCustomFields?: boolean
  readonly includeDevStatus?: boolean
  /** Priority of the run's rows, 1 first. @default 5 */
  readonly priority?: number
  /** Tries of a row before it is dead. @default 5 */
  readonly maxAttempts?: number
}

/** A process that works on runs. */
export interface Runtime {
  /** Starts working. Prepares the loader, and releases what an earlier process of an exclusive ledger left leased. */
  start(): Promise<void>
  /**
   * Starts a run of a job; the work is done by whichever runtimes share the ledger.
   *
   * @throws RUN_REFUSED when the job runs already, or it or its integration is inactive
   */
  startRun(options: StartOptions): Promise<RunRef>
  /** The events of a run. Unsubscribing only detaches; `cancelRun` cancels. */
  events(runId: number): Observable<RunEvent>
  cancelRun(runId: number): Promise<void>
  /** Stops working: requests are aborted, rows handed back. Resolves when nothing of this runtime is under way. */
  stop(): Promise<void>
}

const DEFAULT_LEASE_MS = 900_000
const HEARTBEAT_MS = 5_000
const DEFAULT_CONCURRENCY: Record<Role, number> = { extract: 4, transform: 2, embed: 2 }

/** Composes the ports into a process that does work. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { clock = systemClock, random = systemRandom, log = silentLogger, ledger } = options
  const { leaseMs = DEFAULT_LEASE_MS, staleAfterMs = 20_000, roles = ROLES } = options
  const engine: Engine = {
    connectors: new Map(options.connectors.map((connector) => [connector.name, connector])),
    ledger,
    jobStore: options.jobStore,
    loader: options.loader,
    vectorizer: options.vectorizer,
    clock,
    random,
    log,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    http: options.http ?? {},
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  }
  const workerId = random.id()
  const atWork = workInProgress()
  const subscriptions = new Subscription()
  // A claim that arrives after stopping began is waited for, so that its rows are handed back.
  const claim: Ledger['claim'] = (request) => atWork.track(ledger.claim(request))
  const ownQueue = { kind: ledger.kind, changes: ledger.changes, claim }
  const transport = options.transport ?? ledgerTransport({ ledger: ownQueue, clock, random, log })

  /** Deliveries of one role; a row that fails never ends the stream. */
  const workOf = (role: Role): Observable<void> => {
    const concurrency = options.concurrency?.[role] ?? DEFAULT_CONCURRENCY[role]
    const request = { workerId, jobTypes: JOB_TYPES_OF_ROLE[role], prefetch: concurrency, leaseMs }
    return transport.deliveries(request).pipe(
      // Rows are independent of each other, so they are worked on side by side.
      mergeMap(({ lease, ack }) => {
        const done = atWork
          .begin(lease.runId, (signal) => perform(engine, lease, signal))
          .catch((error: unknown) => {
            const facts = { run: lease.runId, row: lease.id, error: String(error) }
            log.warn(
              facts,
              'Failed to commit: the ledger does not answer. The row is taken over when its lease expires.',
            )
          })
        return done.finally(ack)
      }, concurrency),
    )
  }

  const beat = { workerId, roles, ...workerIdentity(), version: VERSION }
  /** Does something every few seconds; a slow one skips ticks rather than overlap. */
  const regularly = (doing: string, task: () => Promise<unknown>): Observable<unknown> =>
    ticks(clock, HEARTBEAT_MS).pipe(
      exhaustMap(() =>
        defer(() => atWork.track(task())).pipe(
          catchError((error: unknown) => {
            log.warn({ error: String(error) }, `Failed to ${doing}: the ledger does not answer. Trying again.`)
            return EMPTY
          }),
        ),
      ),
    )
  // After a pause of the machine, a worker must not begin by sweeping its own rows away.
  const sweep = async (): Promise<void> => {
    await ledger.heartbeat(beat)
    await ledger.sweep({ staleAfterMs, ownerless: false })
  }
  // Apart from each other: a sweep that takes long must not make this worker look dead.
  const maintenance = merge(
    regularly('send a heartbeat', () => ledger.heartbeat(beat)),
    regularly('sweep', sweep),
  )

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

  return {
    start: async () => {
      await options.loader.prepare(options.connectors.flatMap((connector) => connector.entities))
      await ledger.heartbeat(beat)
      if (ledger.exclusive) await ledger.sweep({ staleAfterMs, ownerless: true })
      const { upkeep = EMPTY } = transport
      subscriptions.add(merge(maintenance, cancellations, upkeep, from(roles).pipe(mergeMap(workOf))).subscribe())
    },
    startRun: async (request) => ledger.startRun(await runRequest(engine, request)),
    events: (runId) => runEvents(ledger, runId, clock),
    cancelRun: (runId) => ledger.cancelRun(runId),
    stop: async () => {
      subscriptions.unsubscribe()
      atWork.abort(new MillraceError('CANCELLED', { message: 'The process shuts down.' }))
      await atWork.settled()
      await ledger.retire(workerId).catch((error: unknown) => {
        const facts = { error: String(error) }
        log.warn(facts, 'Failed to hand rows back: the ledger does not answer. They are released without it.')
      })
    },
  }
}

async function runRequest(engine: Engine, request: StartOptions): Promise<StartRun> {
  const { tenantId, jobId, mode = 'incremental', priority, maxAttempts, ...rest } = request
  const refuse = (reason: string): never => {
    throw new MillraceError('RUN_REFUSED', { message: `Failed to start job ${jobId}: ${reason}.` })
  }
  const job = (await engine.jobStore.job(tenantId, jobId)) ?? refuse('there is no such job')
  const connector =
    engine.connectors.get(job.connector) ?? refuse(`its connector ${job.connector} is not registered in this program`)
  const integration =
    (job.integrationId === null ? undefined : await engine.jobStore.integration(tenantId, job.integrationId)) ??
    refuse('it has no integration')
  const config = connector.config.safeParse(integration.config)
  const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const graph = runGraph(connector, config.success ? config.data : undefined, { fullSync: mode === 'full', ...options })
  return {
    jobId,
    tenantId,
    graph,
    mode,
    options,
    ...(priority !== undefined && { priority }),
    ...(maxAttempts !== undefined && { maxAttempts }),
  }
}
