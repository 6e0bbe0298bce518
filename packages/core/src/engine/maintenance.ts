import { catchError, defer, EMPTY, exhaustMap, finalize, from, merge, type Observable } from 'rxjs'
import type { Clock } from '../ports/clock.ts'
import type { Ledger, WorkerBeat, WorkerOrder } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import { ticks } from '../streams/ticks.ts'
import type { Liveness } from './liveness.ts'
import type { WorkInProgress } from './work-in-progress.ts'

/** Something that a host wants done regularly by its workers, such as pruning. It decides itself whether it is due. */
export interface Chore {
  /** For logs: "Failed to ⟨name⟩". */
  readonly name: string
  /** How often it is asked, in milliseconds; one that takes longer skips turns. */
  readonly everyMs: number
  /** Does it, unless it is not due. The signal is aborted when the worker stops, which then waits for what is under way. */
  run(signal: AbortSignal): Promise<unknown>
}

/** A heartbeat that is later than by this part says that nobody could send one. */
const LATE_BEATS = 1.5

interface MaintenanceOptions extends Liveness {
  readonly ledger: Pick<Ledger, 'heartbeat' | 'sweep'>
  /** Who this worker is, and how it is doing. */
  readonly self: () => WorkerBeat
  readonly obey: (order: WorkerOrder) => void
  readonly chores: readonly Chore[]
  readonly track: WorkInProgress['track']
  readonly clock: Clock
  readonly log: Logger
}

export interface Maintenance {
  /** Says once that this worker lives. */
  beat(): Promise<void>
  /** Heartbeats, sweeps and chores, for as long as somebody subscribes. */
  readonly upkeep: Observable<unknown>
}

/** What a worker does every few seconds besides its work: it says that it lives, takes over from those that do not, and tidies up. */
export function maintain(options: MaintenanceOptions): Maintenance {
  const { ledger, staleAfterMs, heartbeatMs, clock, log } = options
  const outageMs = Math.max(staleAfterMs - heartbeatMs, LATE_BEATS * heartbeatMs)
  let lastBeatAt: number | undefined
  let othersAreHeardFrom = Number.NEGATIVE_INFINITY
  const beat = async (): Promise<void> => {
    const order = await ledger.heartbeat(options.self())
    const now = clock.monotonic()
    // The ledger was away, for others too: they must be able to say that they live before anybody takes their rows. What they
    // said last may be older than ours by one beat. Who has just begun cannot tell whether it was away.
    if (lastBeatAt === undefined || now - lastBeatAt > outageMs) othersAreHeardFrom = now + staleAfterMs
    lastBeatAt = now
    options.obey(order)
  }
  // After a pause of the machine, a worker must not begin by sweeping its own rows away.
  const sweep = async (signal: AbortSignal): Promise<void> => {
    await beat()
    const patient = clock.monotonic() < othersAreHeardFrom
    await ledger.sweep({ staleAfterMs: patient ? null : staleAfterMs, ownerless: false, signal })
  }
  /** Does something every few seconds; a slow one skips ticks rather than overlap, and is aborted with the rest. */
  const regularly = (
    doing: string,
    task: (signal: AbortSignal) => Promise<unknown>,
    everyMs = heartbeatMs,
  ): Observable<unknown> =>
    ticks(clock, everyMs).pipe(
      exhaustMap(() =>
        defer(() => {
          const stopped = new AbortController()
          return from(options.track(task(stopped.signal))).pipe(finalize(() => stopped.abort()))
        }).pipe(
          catchError((error: unknown) => {
            log.warn({ error: String(error) }, `Failed to ${doing}: the ledger does not answer. Trying again.`)
            return EMPTY
          }),
        ),
      ),
    )
  return {
    beat,
    // Apart from each other: a sweep that takes long must not make this worker look dead.
    upkeep: merge(
      regularly('send a heartbeat', beat),
      regularly('sweep', sweep),
      ...options.chores.map((chore) => regularly(chore.name, (signal) => chore.run(signal), chore.everyMs)),
    ),
  }
}
