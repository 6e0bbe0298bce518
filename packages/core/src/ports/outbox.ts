import type { JobType } from '../completion/run-graph.ts'
import type { NamedRow } from '../messages/parse-message.ts'
import type { Tier } from '../messages/queue-names.ts'
import type { FailureRecord, Lease } from './ledger.ts'

/**
 * The side of a ledger that a broker is fed from. A row is *published* from the moment it is taken until it is claimed, or
 * goes back to pending by any road; a process that dies after taking and before publishing leaves rows that look published
 * and are not, which `retake` finds.
 *
 * A row is *publishable* when a claim would lease it: pending, due, of a running run, its integration not blocked, not held
 * back. Any number of processes may call everything at once.
 */
export interface Outbox {
  /**
   * Takes up to `limit` publishable rows that are not published, and marks them in the same statement, but never so many
   * that more than `window` rows of the queue are published and unclaimed. Order: round-robin over tenants, and over the
   * integrations of each, then by priority, `scheduled_at` and id.
   */
  take(request: TakeRequest): Promise<Taken>
  /**
   * Takes rows again that were published at least `olderThanMs` ago and are still unclaimed, oldest first, and marks them as
   * published now.
   */
  retake(request: RetakeRequest): Promise<readonly OutboxRow[]>
  /** These rows were taken and not published after all. */
  giveBack(ids: readonly number[]): Promise<void>
  /**
   * Why a claim of the row that a message names got nothing, read with the eyes of the tenant that the message names: rows
   * of others do not exist for it. A row that waits for its time counts as not published from here on, so that it is taken
   * when it is due.
   */
  unclaimable(row: NamedRow, jobType: JobType): Promise<Unclaimable>
  /** Queues with open work: rows that are not settled, of running runs. */
  open(): Promise<readonly OutboxQueue[]>
  /** What waits, by queue; queues without open work are missing. */
  backlog(): Promise<readonly QueueBacklog[]>
  /**
   * Takes dead rows whose death was not announced, oldest first, and marks them. Rows of a stopped step, which nobody
   * tried, are left out: the ones that stopped it say why. Deaths of more than a day ago are nobody's news.
   */
  takeDead(limit: number): Promise<readonly DeadLetter[]>
  /** These deaths were taken and not announced after all. */
  giveBackDead(ids: readonly number[]): Promise<void>
}

/** Where rows of one kind and tier travel. */
export interface OutboxQueue {
  readonly jobType: JobType
  /** Of the rows' tenants. Plan rows of all tiers travel together: their tier is null. */
  readonly tier: Tier | null
}

export interface TakeRequest {
  readonly queue: OutboxQueue
  readonly window: number
  readonly limit: number
}

export interface Taken {
  readonly rows: readonly OutboxRow[]
  /** Rows of the queue that are published and unclaimed, these included. */
  readonly published: number
  /** Age of the oldest of those that were published before, in milliseconds; 0 when there is none. */
  readonly oldestMs: number
}

export interface RetakeRequest {
  readonly queue: OutboxQueue
  readonly olderThanMs: number
  readonly limit: number
}

/** A row to be published, with what its message says. */
export interface OutboxRow
  extends Pick<
    Lease,
    | 'id'
    | 'tenantId'
    | 'integrationId'
    | 'jobId'
    | 'runId'
    | 'connector'
    | 'step'
    | 'jobType'
    | 'payload'
    | 'attempts'
    | 'maxAttempts'
    | 'options'
    | 'mode'
  > {
  /** The provider as people write it, for example `Tracker`. */
  readonly provider: string
  readonly since: Date | null
  readonly scheduledAt: Date
  readonly priority: number
  /** Whether it is the first of its stage: none of it was published, leased or settled before. */
  readonly first: boolean
}

/**
 * - `waiting`: not due, or held back; it is published when it is due.
 * - `taken`: somebody has it leased.
 * - `settled`: done, dead, cancelled, of a closed run, or adopted by a later run; or its run is closed and its row gone.
 * - `foreign`: the tenant has no such run, the run never had such a row, or the row is of another kind.
 */
export type Unclaimable = 'waiting' | 'taken' | 'settled' | 'foreign'

export interface QueueBacklog {
  readonly queue: OutboxQueue
  /** Rows that are not settled: waiting, published or leased. */
  readonly open: number
  /** Of those, published and unclaimed. */
  readonly published: number
  /** Time since the oldest row that waits became due, in milliseconds; null when nothing is due. */
  readonly oldestMs: number | null
}

/** A row that is dead, for the announcement. */
export interface DeadLetter
  extends Pick<Lease, 'id' | 'tenantId' | 'integrationId' | 'jobId' | 'runId' | 'step' | 'jobType' | 'attempts'> {
  readonly failure: FailureRecord
  readonly diedAt: Date
}
