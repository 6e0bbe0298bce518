import type { Observable } from 'rxjs'
import type { JobStatus } from '../completion/job-status.ts'
import type { JobType, RunGraph, StageCounters } from '../completion/run-graph.ts'
import type { Json } from '../contracts/json.ts'
import type { ErrorCode } from '../errors/error-table.ts'
import type { RunMode } from './run-mode.ts'

/**
 * The ledger is the truth about outstanding work: each of its rows is one thing to do, leased to one worker at a time.
 *
 * Life of a row: `pending` → `leased` (a claim, committed before the work starts, counts an attempt and raises the lease
 * token) → `done` or `dead`; or back to `pending`, now or later. `cancelled` ends rows of a cancelled run.
 *
 * A row's cursor sequence grows by one with every commit that has a cursor or a raw page, keeps the lease, or is `done`. A transform row's
 * payload names its raw record as `raw_id`.
 *
 * `commit` is one transaction: the worker's effect, the row's own fate, the rows it gives birth to, and the counters. Its
 * first statement is the fence: the row is still leased under this token, in time, at this cursor. If not, nothing at all
 * is written and the worker forgets its work. Locks are taken in the order: ledger row, entity rows by (entity, key), step
 * counters, run, job.
 */
export interface Ledger {
  /** The store's name; a loader with the same `joins` commits in the ledger's transactions. */
  readonly kind: string
  /**
   * Whether one process at a time can open this ledger. Then leases found at start belong to nobody any more and are
   * released at once. Default consequence of false: they are released when their worker's heartbeat stops.
   */
  readonly exclusive: boolean

  /**
   * Claims the job and starts its run: step counters, plan rows of steps that wait for nothing, and adopted debt: what died of
   * something transient, what people asked to be tried again, what a transformer of a lower version died of, and what a
   * cancelled run left undone, except plans; and a spawned unit whatever it died of, unless it kept taking its process down. A
   * unit that was planned is planned again from its watermark, but whoever spawned this one has moved on, and nobody else would
   * ever read it. In a full sync, an adopted unit is read from its start and without a window. Of a spawned unit, several runs
   * may have left rows with a window each: they are adopted as one row, which is read from its start, in a window that reaches
   * over theirs. A replay adopts nothing that talks to the provider.
   *
   * @throws RUN_REFUSED when the job runs already, or it or its integration is missing or inactive; `context.reason` says
   *   which, see `RefusalReason`
   */
  startRun(request: StartRun): Promise<RunRef>
  /**
   * Ends a run early: its tokens are revoked, its pending rows cancelled, the job is READY, checkpoints stay. A run that
   * ended already stays as it is.
   *
   * @throws RUN_UNKNOWN when the tenant has no such run
   */
  cancelRun(run: RunName): Promise<void>
  /** Leases up to `limit` rows that are due, in order of priority, `scheduled_at` and id. */
  claim(request: ClaimRequest): Promise<readonly Lease[]>
  /** Commits a worker's effect. `fenced`: the lease is lost and nothing was written. */
  commit(lease: Lease, commit: Commit): Promise<'committed' | 'fenced'>
  /** A number greater than all drawn before, across processes; drawn before a request is sent. */
  nextSequence(): Promise<number>
  /**
   * The raw record that a transform row names, together with the pages that it ends: their bodies in order, under the
   * sequence of the first. Undefined when it, or one of them, was pruned.
   */
  readRaw(lease: Lease, rawId: number): Promise<StoredRaw | undefined>
  /**
   * Ids of stored raw records of the lease's job and step, ascending: what a replay transforms again. Records whose unit was
   * read as a whole later on may be left out. Pages that another one ends are left out.
   */
  rawRecords(lease: Lease, page: RawPage): Promise<readonly number[]>
  /** Where the last complete extraction of these units ended, by unit key. */
  watermarks(lease: Lease, unitKeys: readonly string[]): Promise<ReadonlyMap<string, Date>>
  /** One row per worker process, renewed every few seconds. Tells what people want of this worker. */
  heartbeat(worker: WorkerBeat): Promise<WorkerOrder>
  /** A worker stopped in an orderly way: rows that it still holds become pending, and the attempt does not count. */
  retire(workerId: string): Promise<void>
  /**
   * Releases rows whose lease expired or whose worker's heartbeat stopped (all, when `ownerless`): they become pending, or
   * dead after too many attempts; and applies `advance` to every open run, as a safety net.
   *
   * A row is to blame for the loss of its worker only if that held no other row: what is lost beside other leased rows of the
   * same worker becomes pending, and the attempt does not count.
   */
  sweep(request: SweepRequest): Promise<SweepReport>
  /** State and counters of a run. */
  run(runId: number): Promise<RunSnapshot | undefined>
  /** Dead rows of a run, oldest first. */
  deadRows(runId: number, limit: number): Promise<readonly DeadRow[]>
  /** Hints that work is due or that a run's status changed. Coalesced and droppable: everything also polls. */
  readonly changes: Observable<LedgerChange>
}

/** Why a run may not start. */
export type RefusalReason =
  | 'missing'
  | 'inactive'
  | 'no-integration'
  | 'integration-inactive'
  | 'running'
  | 'no-connector'
  | 'no-steps'
  /** The scheduler that claimed the job was too slow, or the job changed meanwhile. */
  | 'claim-lost'

/** Which raw records come next. */
export interface RawPage {
  /** The last id that was given; 0 at first. */
  readonly after: number
  readonly limit: number
  /** Only what was received since then. */
  readonly since?: Date
}

/** `drain`: claim nothing more and finish what is held. `restart`: the same, then end, so that a supervisor starts anew. */
export type WorkerOrder = 'work' | 'drain' | 'restart'

export interface StartRun {
  readonly jobId: number
  readonly tenantId: number
  readonly graph: RunGraph
  readonly mode: RunMode
  /** Options of the run, kept with it. */
  readonly options: { readonly [key: string]: Json }
  /** Priority of its rows, 1 first. @default 5 */
  readonly priority?: number
  /** Tries of a row before it is dead. @default 5 */
  readonly maxAttempts?: number
  /** Only while this claim of a scheduler, named by its end, is the job's. */
  readonly claimedUntil?: Date
}

/** What names a run: its number, and the tenant that it must belong to. */
export interface RunName {
  readonly runId: number
  readonly tenantId: number
}

export interface RunRef extends RunName {
  readonly jobId: number
}

export interface ClaimRequest {
  readonly workerId: string
  readonly jobTypes: readonly JobType[]
  readonly limit: number
  /** How long a claimed row may go without a commit. */
  readonly leaseMs: number
  /** Only this row, which must belong to this tenant and run: a delivered message names it. */
  readonly row?: { readonly id: number; readonly tenantId: number; readonly runId: number }
}

/** A leased row. */
export interface Lease {
  readonly id: number
  readonly token: number
  readonly tenantId: number
  readonly integrationId: number
  readonly jobId: number
  readonly runId: number
  /** Name of the connector that the job names. */
  readonly connector: string
  readonly step: string
  readonly jobType: JobType
  readonly payload: { readonly [key: string]: Json }
  readonly attempts: number
  readonly maxAttempts: number
  /**
   * Whether its last lease was lost because its worker vanished (`sweep`), perhaps by its fault. It stays so while it is leased
   * or handed back without progress and without another failure. A suspect row is worked on alone, so that a row that takes its
   * process down takes no other row along.
   */
  readonly suspect: boolean
  /**
   * How long it was made to wait since it last made progress, in milliseconds: the delays under which it was handed back with
   * a failure `RATE_LIMITED`. Adoption by another run starts it anew.
   */
  readonly waitedMs: number
  readonly cursor: Json
  /** Pages committed so far; part of the fence. */
  readonly cursorSeq: number
  readonly window: { readonly since: Date | null; readonly until: Date } | null
  readonly mode: RunMode
  readonly options: { readonly [key: string]: Json }
  readonly leaseMs: number
  readonly workerId: string
}

/** A row to be born. `key` makes it unique within (run, step, job type); a second birth is ignored and not counted. */
export interface NewRow {
  readonly step: string
  readonly jobType: JobType
  readonly payload: { readonly [key: string]: Json }
  readonly key?: string
  readonly window?: { readonly since: Date | null; readonly until: Date }
  /** Born dead: the record that made its batch fail. */
  readonly dead?: FailureRecord
}

/** Why a row failed, without secrets. */
export interface FailureRecord {
  readonly code: ErrorCode
  readonly message: string
  /** Transient debt is adopted by the next run; permanent debt waits for people or a new version, spawned units excepted. */
  readonly transient: boolean
  readonly context?: { readonly [key: string]: Json }
}

/**
 * A page as received. Unique on (row, cursorSeq); it gives birth to its transform row, unless it is transformed with it or
 * is a part that others follow.
 */
export interface NewRaw {
  /** Drawn with `nextSequence` before the page's first request was sent. */
  readonly sourceSeq: number
  readonly bodies: readonly Uint8Array[]
  readonly connectorVersion: string
  readonly transformVersion: number
  /** Identity of what the page is about, for people: the unit's key. */
  readonly externalId: string
  /** The unit that the page was read for. */
  readonly unit: Json
  /** Whether a full sync read it: then it is believed against what is stored, whichever run transforms it. */
  readonly fullSync: boolean
  /**
   * Whether the read that this page belongs to is, so far, of the whole unit and not only of what changed.
   * @default false
   */
  readonly whole?: boolean
  /**
   * Whether it is the last page of its unit.
   * @default false
   */
  readonly last?: boolean
  /**
   * Which part it is of a record of several pages. A 'first' one forgets what the row had before; the 'last' gives birth to
   * the transform row, and its read finds them all. The others count as transformed.
   * @default it is a record of its own
   */
  readonly part?: 'first' | 'next' | 'last'
}

export interface StoredRaw {
  readonly id: number
  readonly sourceSeq: number
  readonly bodies: readonly Uint8Array[]
  readonly unit: Json
  readonly fullSync: boolean
}

export type RowOutcome =
  | { readonly to: 'done' }
  /**
   * Keep the lease. With `cursor`: progress, continue from there, attempts start anew. Without: what would be done again
   * after a crash, so that attempts go on counting.
   */
  | { readonly to: 'leased'; readonly cursor?: Json }
  /**
   * Handed back. With `cursor`: progress, attempts start anew. `refund`: the attempt does not count (waiting, shutdown).
   * `delayMs`: not before so long from now. `failure`: why, for people.
   */
  | {
      readonly to: 'pending'
      readonly delayMs: number
      readonly refund: boolean
      readonly cursor?: Json
      readonly failure?: FailureRecord
    }
  | { readonly to: 'dead'; readonly failure: FailureRecord }

export interface Commit {
  readonly row: RowOutcome
  readonly raw?: NewRaw
  /** The effect loads what `raw` says, or others follow it: no transform row is born for it, and it counts as transformed. */
  readonly transformed?: boolean
  readonly births?: readonly NewRow[]
  /** The row's unit is read to its end: the next window starts here. Never moves backward. */
  readonly watermark?: { readonly unitKey: string; readonly until: Date }
  /** Runs inside the transaction, after the fence. Only database work. May run again after a serialization failure. */
  readonly effect?: (tx: unknown) => Promise<EffectResult>
  /** Added to the run's totals. */
  readonly totals?: Partial<RunTotals>
  /** Kept with the run: of those of its step that are about the same, the first; none any more once there are `WARNINGS_KEPT`. */
  readonly warnings?: readonly Omit<RunWarning, 'step'>[]
}

/** So many warnings of a step in a run are enough for people, and no load for the row that holds them. */
export const WARNINGS_KEPT = 50

/** What failed nothing in a run, and that people have to know. */
export interface RunWarning {
  readonly step: string
  readonly about: string
  readonly message: string
}

/** What came of an effect: rows that are born with it, and what it adds to the run's totals. */
export interface EffectResult {
  readonly births: readonly NewRow[]
  readonly totals?: Partial<RunTotals>
}

/** What a run did so far. */
export interface RunTotals {
  readonly apiCalls: number
  readonly bytesReceived: number
  readonly rowsWritten: number
  readonly rowsRemoved: number
  readonly embedded: number
  /** Rows that were handed to the embedding stage, removals included. */
  readonly embeddingsQueued: number
  /** The largest resident memory of a worker process, as seen at its commits; of several, the largest counts. */
  readonly peakMemoryBytes: number
}

export interface WorkerBeat {
  readonly workerId: string
  readonly roles: readonly string[]
  readonly host: string
  readonly pid: number
  readonly version: string
  /** Resident memory of the process now, and the most that it ever was. */
  readonly rssBytes: number
  readonly peakRssBytes: number
  /** Rows that it works on, and how many it would take at once. */
  readonly atWork: number
  readonly capacity: number
  /** After how many milliseconds of silence it takes others for gone. */
  readonly staleAfterMs: number
}

export interface SweepRequest {
  /** A worker is gone when it has not been heard of for so long; null: none is, only leases that ran out are released. */
  readonly staleAfterMs: number | null
  /** Release every lease, whoever holds it: for an exclusive ledger at start. */
  readonly ownerless: boolean
  /** Ends the sweep after what it is in the middle of; the next one does the rest. */
  readonly signal?: AbortSignal
}

export interface SweepReport {
  readonly released: number
  readonly buried: number
  readonly advanced: number
}

export type RunState = 'running' | 'finished' | 'failed' | 'cancelled'

export interface RunSnapshot extends RunRef {
  readonly state: RunState
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly status: JobStatus
  readonly counters: readonly StageCounters[]
  readonly totals: RunTotals
  /** In the order of the run's steps, then by what they are about. */
  readonly warnings: readonly RunWarning[]
}

export interface DeadRow {
  readonly id: number
  readonly step: string
  readonly jobType: JobType
  readonly payload: { readonly [key: string]: Json }
  readonly attempts: number
  readonly failure: FailureRecord
}

export type LedgerChange =
  /** Rows became due. */
  | { readonly kind: 'work' }
  /** A stage or the run's state changed. */
  | { readonly kind: 'status'; readonly runId: number }
