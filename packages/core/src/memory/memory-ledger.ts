import { jobStatus, type Overall } from '../completion/job-status.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Tier } from '../messages/queue-names.ts'
import { DEFAULT_MAX_PENDING_RAW } from '../outbox/max-pending-raw.ts'
import { FIRST_TURN } from '../outbox/take-turns.ts'
import type { Clock } from '../ports/clock.ts'
import type { Job } from '../ports/job-store.ts'
import {
  type ClaimRequest,
  type Commit,
  type FailureRecord,
  type Lease,
  type Ledger,
  type RefusalReason,
  type RunSnapshot,
  type StartRun,
  WARNINGS_KEPT,
} from '../ports/ledger.ts'
import type { Outbox } from '../ports/outbox.ts'
import { claimPlaces } from './claim-places.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { MemoryJobStore } from './memory-job-store.ts'
import { addTotals, type LedgerRow, leaseOf, type MemoryRun, newRun, type RawRow } from './memory-ledger-rows.ts'
import { memoryOutbox } from './memory-outbox.ts'
import { memoryRuns } from './memory-runs.ts'
import { MemoryTransaction } from './memory-transaction.ts'
import { byAge, rowsInTurn } from './memory-turns.ts'

export interface MemoryLedgerOptions {
  /** Is told when runs start and end. */
  readonly jobStore: MemoryJobStore
  readonly clock: Clock
  /**
   * Keep raw records after they are transformed.
   * @default false
   */
  readonly keepRaw?: boolean
  /**
   * What claims obey; the runtime over this ledger takes the same one.
   * @default nothing is limited
   */
  readonly budget?: MemoryBudget
  /**
   * Units of a run are not handed out while so many of its raw records wait to be transformed.
   * @default 1_000
   */
  readonly maxPendingRaw?: number
  /** A tenant's tier, which picks its queues in the outbox. @default () => 'free' */
  readonly tierOf?: (tenantId: number) => Tier
}

/** More than a process draws in a millisecond; small enough for the result to be a safe integer until the year 2255. */
const DRAWS_PER_MS = 1_000

/** A ledger with the side that a broker is fed from. */
export interface MemoryLedger extends Ledger {
  readonly outbox: Outbox
}

/**
 * A ledger over maps: what a program gets that runs a job by itself, and what the simulation crashes first. A commit is
 * atomic because everything after its effect happens in one synchronous stretch.
 */
export function memoryLedger(options: MemoryLedgerOptions): MemoryLedger {
  const {
    jobStore,
    clock,
    keepRaw = false,
    maxPendingRaw = DEFAULT_MAX_PENDING_RAW,
    tierOf = () => 'free',
    budget,
  } = options
  const ledger = memoryRuns(clock, jobStore)
  const { rows, runs, changes } = ledger
  const raws = new Map<number, RawRow>()
  const watermarks = new Map<string, Date>()
  const beats = new Map<string, number>()
  /** The last run of each job. */
  const lastRuns = new Map<number, MemoryRun>()
  // Loaders may outlast this ledger and compare what it draws with what an earlier one drew, so numbers follow the time.
  let sequence = clock.now() * DRAWS_PER_MS
  let turn = FIRST_TURN

  const isHeld = (row: LedgerRow | undefined, lease: Lease): row is LedgerRow =>
    row?.status === 'leased' &&
    row.token === lease.token &&
    row.cursorSeq === lease.cursorSeq &&
    row.leaseUntil > clock.now()

  /** Writes the row's own fate. */
  const settle = (run: MemoryRun, row: LedgerRow, { row: outcome, raw }: Commit): void => {
    if (outcome.to === 'done') {
      row.status = 'done'
      ledger.count(run, row, { done: 1 })
    } else if (outcome.to === 'dead') {
      ledger.bury(run, row, outcome.failure)
    } else if (outcome.to === 'leased') {
      row.leaseUntil = clock.now() + row.leaseMs
    } else {
      if (outcome.failure?.code === 'RATE_LIMITED') row.waitedMs += outcome.delayMs
      if (outcome.refund) row.attempts = Math.max(0, row.attempts - 1)
      row.status = 'pending'
      row.workerId = undefined
      row.dueAt = clock.now() + outcome.delayMs
      row.publishedAt = undefined
      if (outcome.failure || row.failure?.code !== 'LEASE_EXPIRED') row.failure = outcome.failure
      run.due = true
    }
    if ('cursor' in outcome && outcome.cursor !== undefined) {
      row.cursor = outcome.cursor
      row.attempts = 0
      row.waitedMs = 0
      row.failure = 'failure' in outcome ? outcome.failure : undefined
    }
    if (outcome.to === 'done' || outcome.to === 'leased' || 'cursor' in outcome || raw) row.cursorSeq += 1
  }

  const store = (run: MemoryRun, row: LedgerRow, raw: NonNullable<Commit['raw']>, transformed: boolean): void => {
    const id = ledger.nextId()
    const { tenantId, jobId, step } = row
    if (keepRaw || raw.part || !transformed) {
      raws.set(id, { id, rowId: row.id, tenantId, jobId, step, receivedAt: clock.now(), ...raw })
    }
    if (transformed) ledger.count(run, { step, jobType: 'transform' }, { planned: 1, done: 1 })
    else ledger.bear(run, { step, jobType: 'transform', payload: { raw_id: id } })
  }

  /** A record and the pages that it ends, in order; undefined when one of them is gone. */
  const pagesOf = (end: RawRow): readonly RawRow[] | undefined => {
    if (end.part === undefined) return [end]
    const pages = [...raws.values()].filter(({ id, rowId }) => rowId === end.rowId && id <= end.id)
    const first = pages.findLastIndex(({ part }) => part === 'first')
    return first < 0 ? undefined : pages.slice(first)
  }

  /** A record goes when the last row that is about it, or about a part of it, is done. */
  const forget = (row: LedgerRow, { births = [] }: Commit): void => {
    const rawId = row.payload.raw_id
    if (row.jobType !== 'transform' || row.status !== 'done' || typeof rawId !== 'number') return
    const isWhole = row.payload.items === undefined && births.length === 0
    const isNeeded = (other: LedgerRow): boolean => other.payload.raw_id === rawId && other.status !== 'done'
    if (!isWhole && rows.values().some(isNeeded)) return
    const end = raws.get(rawId)
    for (const { id } of (end && pagesOf(end)) ?? []) raws.delete(id)
  }

  const advanceWatermark = (row: LedgerRow, { unitKey, until }: NonNullable<Commit['watermark']>): void => {
    const key = watermarkKey(row.jobId, row.step, unitKey)
    const stored = watermarks.get(key)
    if (!stored || stored < until) watermarks.set(key, until)
  }

  /** Gives a row back whose worker is gone, or buries it after too many times. Of several rows, none is to blame. */
  const release = (row: LedgerRow, isAlone: boolean): 'released' | 'buried' => {
    const run = ledger.runOf(row.runId)
    const message = `Failed to finish ${row.jobType} of ${row.step}: its worker vanished, in attempt ${row.attempts} of ${row.maxAttempts}.`
    const isToBury = isAlone && row.attempts >= row.maxAttempts
    const failure: FailureRecord = { code: 'LEASE_EXPIRED', message, transient: !isToBury }
    row.token += 1
    if (isToBury) {
      ledger.bury(run, row, failure)
      return 'buried'
    }
    if (!isAlone) row.attempts -= 1
    Object.assign(row, { status: 'pending', dueAt: clock.now(), failure, workerId: undefined, publishedAt: undefined })
    run.due = true
    return 'released'
  }

  return {
    kind: 'memory',
    exclusive: true,
    outbox: memoryOutbox({ ledger, clock, maxPendingRaw, tierOf }),
    changes: changes.asObservable(),

    startRun: async (request) => {
      const { job, integrationId } = await readyJob(jobStore, request)
      const last = lastRuns.get(job.id)
      if (last?.state === 'running') throw refused(request, 'running', 'it is running already')
      if (!jobStore.runStarted(request)) throw refused(request, 'claim-lost', CLAIM_LOST)
      const run = newRun(ledger.nextId(), job, integrationId, request, new Date(clock.now()))
      run.revision = (last?.revision ?? 0) + 1
      runs.set(run.runId, run)
      lastRuns.set(job.id, run)
      ledger.adopt(run)
      ledger.follow(run, true)
      return { runId: run.runId, jobId: job.id, tenantId: job.tenantId }
    },

    cancelRun: async ({ runId, tenantId }) => {
      const run = runs.get(runId)
      if (run?.tenantId !== tenantId) {
        const message = `Failed to cancel run ${runId}: the tenant has no such run. Use the number that starting it gave.`
        throw new MillraceError('RUN_UNKNOWN', { message })
      }
      if (run.state !== 'running') return
      ledger.finish(run, 'cancelled')
      run.revision += 1
      changes.next({ kind: 'status', runId })
    },

    claim: async (request) => {
      const { workerId, leaseMs, jobTypes, row: wanted } = request
      const places = claimPlaces(budget, rows, (row) => ledger.runOf(row.runId).integrationId)
      const due = rowsInTurn(
        ledger,
        clock.now(),
        maxPendingRaw,
        request.limit,
        turn,
        (row) => jobTypes.includes(row.jobType) && (!wanted || isNamed(row, wanted)) && places.areFree(row),
      )
      if (!wanted) turn = due.turn
      const now = clock.now()
      const claimed = due.rows.filter((row) => places.take(row))
      return claimed.toSorted(byAge).map((row) => {
        Object.assign(row, { status: 'leased', workerId, leaseMs, leaseUntil: now + leaseMs })
        row.token += 1
        row.attempts += 1
        return leaseOf(row, ledger.runOf(row.runId))
      })
    },

    commit: async (lease, commit) => {
      for (;;) {
        if (!isHeld(rows.get(lease.id), lease)) return 'fenced'
        const tx = new MemoryTransaction()
        const effect = await commit.effect?.(tx)
        const row = rows.get(lease.id)
        if (!isHeld(row, lease)) return 'fenced'
        const run = ledger.runOf(row.runId)
        const births = [...(commit.births ?? []), ...(effect?.births ?? [])]
        ledger.checkBirths(run, births)
        if (!tx.apply()) continue
        settle(run, row, commit)
        if (commit.raw) store(run, row, commit.raw, commit.transformed === true)
        for (const birth of births) ledger.bear(run, birth)
        if (commit.watermark) advanceWatermark(row, commit.watermark)
        keepWarnings(run, row.step, commit.warnings ?? [])
        run.totals = addTotals(addTotals(run.totals, commit.totals ?? {}), effect?.totals ?? {})
        if (!keepRaw) forget(row, commit)
        ledger.follow(run)
        return 'committed'
      }
    },

    nextSequence: async () => ++sequence,
    readRaw: async (lease, rawId) => {
      const raw = raws.get(rawId)
      if (raw?.tenantId !== lease.tenantId) return undefined
      const pages = pagesOf(raw)
      const { id, unit, fullSync } = raw
      const { sourceSeq } = pages?.[0] ?? raw
      return pages && { id, sourceSeq, bodies: pages.flatMap(({ bodies }) => bodies), unit, fullSync }
    },
    rawRecords: async ({ jobId, step }, { after, limit, since }) =>
      [...raws.values()]
        .filter((raw) => raw.jobId === jobId && raw.step === step && raw.id > after)
        .filter(({ part = 'last' }) => part === 'last')
        .filter((raw) => since === undefined || raw.receivedAt >= since.getTime())
        .slice(0, limit)
        .map((raw) => raw.id),
    watermarks: async (lease, unitKeys) =>
      new Map(
        unitKeys.flatMap((unitKey) => {
          const until = watermarks.get(watermarkKey(lease.jobId, lease.step, unitKey))
          return until ? [[unitKey, until] as const] : []
        }),
      ),
    heartbeat: async ({ workerId }) => {
      beats.set(workerId, clock.now())
      return 'work'
    },
    retire: async (workerId) => {
      beats.delete(workerId)
      for (const row of rows.values()) {
        if (row.status !== 'leased' || row.workerId !== workerId) continue
        Object.assign(row, { status: 'pending', dueAt: clock.now(), workerId: undefined, publishedAt: undefined })
        row.attempts -= 1
        row.token += 1
        const run = ledger.runOf(row.runId)
        run.due = true
        ledger.follow(run)
      }
    },

    sweep: async ({ staleAfterMs, ownerless }) => {
      const now = clock.now()
      const report = { released: 0, buried: 0, advanced: 0 }
      const leased = [...rows.values()].filter(({ status }) => status === 'leased')
      const byWorker = Map.groupBy(leased, ({ workerId }) => workerId)
      for (const row of leased) {
        const beat = beats.get(row.workerId ?? '') ?? Number.NEGATIVE_INFINITY
        const heard = staleAfterMs === null || beat > now - staleAfterMs
        const alive = !ownerless && row.leaseUntil > now && heard
        if (!alive) report[release(row, byWorker.get(row.workerId)?.length === 1)] += 1
      }
      for (const run of runs.values()) if (ledger.follow(run, true)) report.advanced += 1
      return report
    },

    run: async (runId) => {
      const run = runs.get(runId)
      return run && snapshot(run, ledger.openDeadLetters(run.jobId))
    },
    deadRows: async (runId, limit) =>
      [...rows.values()]
        .filter((row) => row.runId === runId && row.status === 'dead')
        .slice(0, limit)
        .flatMap(({ id, step, jobType, payload, attempts, failure }) =>
          failure ? [{ id, step, jobType, payload, attempts, failure }] : [],
        ),
  }
}

/** The job and its integration, when both are there and active. */
async function readyJob(jobStore: MemoryJobStore, request: StartRun): Promise<{ job: Job; integrationId: number }> {
  const job = await jobStore.job(request.tenantId, request.jobId)
  if (!job) throw refused(request, 'missing', 'the tenant has no such job')
  if (!job.active) throw refused(request, 'inactive', 'the job is inactive')
  if (job.integrationId === null) throw refused(request, 'no-integration', 'the job has no integration')
  const integration = await jobStore.integration(job.tenantId, job.integrationId)
  if (!integration?.active) throw refused(request, 'integration-inactive', 'its integration is inactive')
  return { job, integrationId: integration.id }
}

const CLAIM_LOST = 'another scheduler has it, or it was changed meanwhile'

function refused({ jobId, tenantId }: StartRun, reason: RefusalReason, why: string): MillraceError {
  return new MillraceError('RUN_REFUSED', {
    message: `Failed to start job ${jobId}: ${why}.`,
    context: { jobId, tenantId, reason },
  })
}

function isNamed(row: LedgerRow, wanted: NonNullable<ClaimRequest['row']>): boolean {
  return row.id === wanted.id && row.tenantId === wanted.tenantId && row.runId === wanted.runId
}

const OVERALL = {
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'READY',
} as const satisfies { readonly [state: string]: Overall }

function snapshot(run: MemoryRun, openDeadLetters: number): RunSnapshot {
  const { runId, jobId, tenantId, state, startedAt, finishedAt, totals } = run
  const warnings = run.graph.steps.flatMap(({ name }) =>
    [...run.warnings.values()]
      .filter(({ step }) => step === name)
      .sort((left, right) => (left.about < right.about ? -1 : 1)),
  )
  const counters = run.counters.map((row) => ({ ...row }))
  const status = jobStatus(OVERALL[state], run.revision, run.graph, counters, openDeadLetters)
  return { runId, jobId, tenantId, state, startedAt, finishedAt, status, counters, totals, warnings }
}

function keepWarnings({ warnings }: MemoryRun, step: string, said: NonNullable<Commit['warnings']>): void {
  const ofStep = [...warnings.values()].filter((warning) => warning.step === step)
  if (ofStep.length >= WARNINGS_KEPT) return
  for (const { about, message } of said) {
    const key = JSON.stringify([step, about])
    if (!warnings.has(key)) warnings.set(key, { step, about, message })
  }
}

function watermarkKey(jobId: number, step: string, unitKey: string): string {
  return JSON.stringify([jobId, step, unitKey])
}
