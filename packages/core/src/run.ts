import { filter, firstValueFrom, from, map, Observable, ReplaySubject, type Subscription, switchMap } from 'rxjs'
import type { z } from 'zod'
import type { Connector } from './contracts/connector.ts'
import type { Json } from './contracts/json.ts'
import type { EngineLimits, HttpPolicy, Vectorizer } from './engine/engine.ts'
import { describeIssues } from './engine/failure.ts'
import type { RunEvent, RunSummary } from './engine/run-events.ts'
import { createRuntime } from './engine/runtime.ts'
import { MillraceError } from './errors/millrace-error.ts'
import { memoryBudget } from './memory/memory-budget.ts'
import { memoryJobStore } from './memory/memory-job-store.ts'
import { memoryLedger } from './memory/memory-ledger.ts'
import type { Clock } from './ports/clock.ts'
import type { Loader } from './ports/loader.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import { systemClock } from './system/system-clock.ts'

/** A job that a program runs by itself, without a database of its own. */
export interface RunJob<ConfigSchema extends z.ZodType> {
  readonly connector: Connector<string, ConfigSchema>
  /** Settings and credentials, as the connector's schema takes them. */
  readonly config: z.input<NoInfer<ConfigSchema>>
  readonly loader: Loader
  readonly vectorizer?: Vectorizer
  /** Steps to leave out and sizes that the connector knows. */
  readonly batchSize?: number
  readonly includeDevStatus?: boolean
  readonly includeCustomFields?: boolean
  /** Believe every census, however many rows it removes: what was refused with CENSUS_REFUSED. @default false */
  readonly allowDeletions?: boolean
  readonly limits?: Partial<EngineLimits>
  readonly fetch?: typeof globalThis.fetch
  readonly http?: HttpPolicy
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: Logger
}

const ID = 1

/**
 * Runs a job once, over a ledger in memory. The run starts with the first subscriber and is replayed to later ones; when
 * the last one leaves, it is cancelled. It ends with `run-finished`, also when the run failed.
 *
 * @throws INVALID_CONFIG through the Observable's error, when the settings do not validate: no run starts then
 */
export function run<ConfigSchema extends z.ZodType>(job: RunJob<ConfigSchema>): Observable<RunEvent> {
  const events = new ReplaySubject<RunEvent>()
  let running: Subscription | undefined
  let watchers = 0
  return new Observable((subscriber) => {
    const watching = events.subscribe(subscriber)
    watchers += 1
    running ??= runOnce(job).subscribe(events)
    return () => {
      watching.unsubscribe()
      watchers -= 1
      if (watchers > 0 || running?.closed) return
      running?.unsubscribe()
      events.complete()
    }
  })
}

/** Like `run`, for people without RxJS: resolves with the summary, also when the run failed. */
export function runToEnd<ConfigSchema extends z.ZodType>(job: RunJob<ConfigSchema>): Promise<RunSummary> {
  const finished = run(job).pipe(
    filter((event) => event.type === 'run-finished'),
    map((event) => event.summary),
  )
  return firstValueFrom(finished)
}

function runOnce<ConfigSchema extends z.ZodType>(job: RunJob<ConfigSchema>): Observable<RunEvent> {
  const { connector, config, clock = systemClock, ...given } = job
  const { batchSize, includeDevStatus, includeCustomFields, allowDeletions, ...ports } = given
  return new Observable((subscriber) => {
    const valid = connector.config.safeParse(config)
    if (!valid.success) {
      const message = `Failed to run ${connector.name}: its configuration is wrong: ${describeIssues(valid.error)}. Correct it.`
      subscriber.error(new MillraceError('INVALID_CONFIG', { message }))
      return
    }
    const account = { id: ID, tenantId: ID, name: connector.name, active: true }
    const schedule = { scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }
    const content = {
      integrations: [{ ...account, config: config as { readonly [key: string]: Json } }],
      jobs: [{ ...account, ...schedule, connector: connector.name, integrationId: ID }],
    }
    const jobStore = memoryJobStore(content, clock)
    const budget = memoryBudget({ clock })
    const ledger = memoryLedger({ jobStore, clock, budget })
    const runtime = createRuntime({ ...ports, clock, budget, connectors: [connector], jobStore, ledger })
    const options = Object.fromEntries(
      Object.entries({ batchSize, includeDevStatus, includeCustomFields, allowDeletions }).filter(
        ([, value]) => value !== undefined,
      ),
    )
    const started = runtime.start().then(() => runtime.startRun({ tenantId: ID, jobId: ID, ...options }))
    const events = from(started).pipe(switchMap((run) => runtime.events(run)))
    const watching = events.subscribe({
      next: (event) => subscriber.next(event),
      error: (error) => subscriber.error(error),
      // The last event waits until nothing is under way, so that a program may exit or look at its rows.
      complete: () => void runtime.stop().then(() => subscriber.complete()),
    })
    return () => {
      watching.unsubscribe()
      void runtime.stop()
    }
  })
}
