import { Subject } from 'rxjs'
import { advance, isSettled } from '../completion/advance.ts'
import { jobStatus, type Overall } from '../completion/job-status.ts'
import { STAGE_OF_JOB_TYPE, type Stage } from '../completion/run-graph.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobStore } from '../ports/job-store.ts'
import type {
  ClaimRequest,
  Commit,
  Lease,
  Ledger,
  LedgerChange,
  NewRow,
  RunSnapshot,
  SweepReport,
} from '../ports/ledger.ts'
import {
  addTotals,
  type LedgerRow,
  leaseOf,
  type MemoryRun,
  newLedgerRow,
  newRun,
  type RawRow,
} from './memory-ledger-rows.ts'
import { MemoryTransaction } from './memory-transaction.ts'

export interface MemoryLedgerOptions {
  readonly jobStore: JobStore
  readonly clock: Clock
  /**
   * Keep raw records after they are transformed.
   * @default false
   */
  readonly keepRaw?: boolean
}

const STOP_SHARE = 0.2
const STOP_COUNT = 50
const DEFAULT_MAX_ATTEMPTS = 5
const DEFAULT_PRIORITY = 5

/**
 * A ledger over maps: what a program gets that runs a job by itself, and what the simulation crashes first. A commit is
 * atomic because everything after its effect happens in one synchronous stretch.
 */
export function memoryLedger({ jobStore, clock, keepRaw = false }: MemoryLedgerOptions): Ledger {
  const rows = new Map<number, LedgerRow>()
  const births = new Map<string, number>()
  const runs = new Map<number, MemoryRun>()
  const running = new Map<number, number>()
  const raws = new Map<number, RawRow>()
  const watermarks = new Map<string, Date>()
  const beats = new Map<string, number>()
  const changes = new Subject<LedgerChange>()
  let lastId = 0
  let sequence = 0

  const runOf = (runId: number): MemoryRun => {
    const run = runs.get(runId)
    if (!run) throw new RangeError(`no run ${runId}`)
    return run
  }

  const count = (
    run: MemoryRun,
    step: string,
    stage: Stage,
    delta: Partial<Record<'planned' | 'done' | 'dead', number>>,
  ) => {
    const row = run.counters.find((found) => found.step === step && found.stage === stage)
    if (!row) throw new RangeError(`step ${step} is not part of run ${run.runId}`)
    row.planned += delta.planned ?? 0
    row.done += delta.done ?? 0
    row.dead += delta.dead ?? 0
    run.dirty ||= isSettled(row) || (row.state === 'idle' && row.planned > 0)
  }

  const bear = (run: MemoryRun, row: NewRow, priority: number, maxAttempts: number): number | undefined => {
    const key = row.key && `${run.runId}/${row.step}/${row.jobType}/${row.key}`
    if (key && births.has(key)) return undefined
    const born = newLedgerRow({ id: ++lastId, run, row, priority, maxAttempts, dueAt: clock.now() })
    rows.set(born.id, born)
    if (key) births.set(key, born.id)
    count(run, row.step, STAGE_OF_JOB_TYPE[row.jobType], row.dead ? { planned: 1, dead: 1 } : { planned: 1 })
    if (!row.dead) run.born = true
    return born.id
  }

  const proceed = (run: MemoryRun): boolean => {
    let moved = false
    for (;;) {
      const next = advance(run.graph, run.counters)
      for (const { step, stage, state } of next.states) {
        const row = run.counters.find((found) => found.step === step && found.stage === stage)
        if (row) row.state = state
      }
      for (const step of next.startPlans) {
        bear(run, { step, jobType: 'plan', payload: {}, key: 'plan' }, run.priority, run.maxAttempts)
      }
      if (next.states.length === 0 && next.startPlans.length === 0) {
        if (next.ended && run.state === 'running') {
          finish(run, next.ended)
          moved = true
        }
        break
      }
      moved = true
    }
    if (moved) run.revision += 1
    return moved
  }

  const finish = (run: MemoryRun, state: 'finished' | 'failed' | 'cancelled'): void => {
    run.state = state
    run.finishedAt = new Date(clock.now())
    running.delete(run.jobId)
    for (const row of rows.values()) {
      if (row.runId !== run.runId) continue
      if (row.status === 'done') rows.delete(row.id)
      else if (row.status !== 'dead') row.status = 'cancelled'
    }
    for (const key of births.keys()) if (key.startsWith(`${run.runId}/`)) births.delete(key)
  }

  const announce = (run: MemoryRun, moved: boolean): void => {
    if (run.born) changes.next({ kind: 'work' })
    if (moved) changes.next({ kind: 'status', runId: run.runId })
    run.born = false
    run.dirty = false
  }

  const afterChange = (run: MemoryRun): void => announce(run, run.dirty && proceed(run))

  /** Rows of a step that mostly fails are not tried any more; they are transient debt. */
  const stopHopeless = (run: MemoryRun, step: string, stage: Stage): void => {
    const counters = run.counters.find((found) => found.step === step && found.stage === stage)
    if (!counters || counters.dead < STOP_COUNT || counters.dead <= counters.planned * STOP_SHARE) return
    for (const row of rows.values()) {
      if (row.runId !== run.runId || row.step !== step || row.status !== 'pending') continue
      if (STAGE_OF_JOB_TYPE[row.jobType] !== stage) continue
      row.status = 'dead'
      row.failure = {
        code: 'STEP_STOPPED',
        message: `Failed to try ${row.jobType} of ${step}: ${counters.dead} of ${counters.planned} rows are dead.`,
        transient: true,
      }
      count(run, step, stage, { dead: 1 })
    }
  }

  const settleRow = (run: MemoryRun, row: LedgerRow, commit: Commit): void => {
    const stage = STAGE_OF_JOB_TYPE[row.jobType]
    const outcome = commit.row
    if (outcome.to === 'done') {
      row.status = 'done'
      count(run, row.step, stage, { done: 1 })
    } else if (outcome.to === 'dead') {
      row.status = 'dead'
      row.failure = outcome.failure
      count(run, row.step, stage, { dead: 1 })
      stopHopeless(run, row.step, stage)
    } else if (outcome.to === 'leased') {
      Object.assign(row, { cursor: outcome.cursor, attempts: 0, leaseUntil: clock.now() + row.leaseMs })
    } else {
      const progress = outcome.cursor === undefined ? {} : { cursor: outcome.cursor, attempts: 0 }
      if (outcome.refund) row.attempts = Math.max(0, row.attempts - 1)
      Object.assign(row, progress, {
        status: 'pending',
        workerId: undefined,
        dueAt: clock.now() + outcome.delayMs,
        failure: outcome.failure,
      })
      run.born = true
    }
    if (outcome.to === 'done' || 'cursor' in outcome) row.cursorSeq += 1
  }

  const isHeld = (row: LedgerRow | undefined, lease: Lease): row is LedgerRow =>
    row?.status === 'leased' &&
    row.token === lease.token &&
    row.cursorSeq === lease.cursorSeq &&
    row.leaseUntil > clock.now()

  return {
    kind: 'memory',
    exclusive: true,
    changes: changes.asObservable(),

    startRun: async (request) => {
      const job = await jobStore.job(request.tenantId, request.jobId)
      const integration = job?.integrationId ? await jobStore.integration(job.tenantId, job.integrationId) : undefined
      const refusal = !job
        ? `there is no job ${request.jobId}`
        : !job.active
          ? 'the job is inactive'
          : !integration
            ? 'the job has no integration'
            : !integration.active
              ? 'its integration is inactive'
              : running.has(job.id)
                ? 'it is running already'
                : undefined
      if (!job || !integration || refusal) {
        throw new MillraceError('RUN_REFUSED', { message: `Failed to start job ${request.jobId}: ${refusal}.` })
      }
      const run = newRun(++lastId, job, integration.id, request, new Date(clock.now()))
      run.priority = request.priority ?? DEFAULT_PRIORITY
      run.maxAttempts = request.maxAttempts ?? DEFAULT_MAX_ATTEMPTS
      runs.set(run.runId, run)
      running.set(job.id, run.runId)
      const steps = new Set(request.graph.steps.map((step) => step.name))
      for (const row of rows.values()) {
        if (row.jobId !== job.id || row.status !== 'dead' || !row.failure?.transient || !steps.has(row.step)) continue
        Object.assign(row, { runId: run.runId, status: 'pending', attempts: 0, dueAt: clock.now(), failure: undefined })
        if (row.key) births.set(`${run.runId}/${row.step}/${row.jobType}/${row.key}`, row.id)
        count(run, row.step, STAGE_OF_JOB_TYPE[row.jobType], { planned: 1 })
        run.born = true
      }
      run.dirty = true
      afterChange(run)
      return { runId: run.runId, jobId: job.id, tenantId: job.tenantId }
    },

    cancelRun: async (runId) => {
      const run = runOf(runId)
      if (run.state !== 'running') return
      finish(run, 'cancelled')
      run.revision += 1
      announce(run, true)
    },

    claim: async (request) => {
      const now = clock.now()
      const due = [...rows.values()].filter((row) => isDue(row, request, now))
      due.sort((left, right) => left.priority - right.priority || left.dueAt - right.dueAt || left.id - right.id)
      return due.slice(0, request.limit).map((row) => {
        row.status = 'leased'
        row.token += 1
        row.attempts += 1
        row.workerId = request.workerId
        row.leaseMs = request.leaseMs
        row.leaseUntil = now + request.leaseMs
        return leaseOf(row, runOf(row.runId))
      })
    },

    commit: async (lease, commit) => {
      for (;;) {
        if (!isHeld(rows.get(lease.id), lease)) return 'fenced'
        const tx = new MemoryTransaction()
        const effect = await commit.effect?.(tx)
        const row = rows.get(lease.id)
        if (!isHeld(row, lease)) return 'fenced'
        const run = runOf(row.runId)
        if (run.state !== 'running') return 'fenced'
        if (!tx.apply()) continue
        const cursorSeq = row.cursorSeq
        settleRow(run, row, commit)
        if (commit.raw) {
          const rawId = ++lastId
          raws.set(rawId, { id: rawId, tenantId: row.tenantId, ...commit.raw, cursorSeq })
          const payload = { raw_id: rawId }
          bear(run, { step: row.step, jobType: 'transform', payload }, run.priority, run.maxAttempts)
        }
        for (const birth of [...(commit.births ?? []), ...(effect?.births ?? [])]) {
          bear(run, birth, run.priority, run.maxAttempts)
        }
        if (commit.watermark) {
          const key = watermarkKey(row.jobId, row.step, commit.watermark.unitKey)
          const stored = watermarks.get(key)
          if (!stored || stored < commit.watermark.until) watermarks.set(key, commit.watermark.until)
        }
        run.totals = addTotals(addTotals(run.totals, commit.totals ?? {}), effect?.totals ?? {})
        const rawId = row.payload['raw_id']
        if (!keepRaw && row.jobType === 'transform' && row.status === 'done' && typeof rawId === 'number') {
          const shared = commit.births?.some((birth) => birth.payload['raw_id'] === rawId)
          if (!shared) raws.delete(rawId)
        }
        afterChange(run)
        return 'committed'
      }
    },

    nextSequence: async () => ++sequence,
    readRaw: async (lease, rawId) => {
      const raw = raws.get(rawId)
      return raw?.tenantId === lease.tenantId ? { id: raw.id, sourceSeq: raw.sourceSeq, bodies: raw.bodies } : undefined
    },
    watermarks: async (lease, unitKeys) =>
      new Map(
        unitKeys.flatMap((unitKey) => {
          const until = watermarks.get(watermarkKey(lease.jobId, lease.step, unitKey))
          return until ? [[unitKey, until] as const] : []
        }),
      ),
    heartbeat: async (worker) => {
      beats.set(worker.workerId, clock.now())
    },
    retire: async (workerId) => {
      beats.delete(workerId)
    },

    sweep: async ({ staleAfterMs, ownerless }): Promise<SweepReport> => {
      const now = clock.now()
      const report = { released: 0, buried: 0, advanced: 0 }
      for (const row of rows.values()) {
        if (row.status !== 'leased') continue
        const beat = beats.get(row.workerId ?? '') ?? Number.NEGATIVE_INFINITY
        if (!ownerless && row.leaseUntil > now && beat > now - staleAfterMs) continue
        const run = runOf(row.runId)
        const failure = {
          code: 'LEASE_EXPIRED' as const,
          message: `Failed to finish ${row.jobType} of ${row.step}: its worker vanished, for the ${row.attempts}th time.`,
          transient: true,
        }
        row.token += 1
        if (row.attempts >= row.maxAttempts) {
          row.status = 'dead'
          row.failure = { ...failure, transient: false }
          count(run, row.step, STAGE_OF_JOB_TYPE[row.jobType], { dead: 1 })
          report.buried += 1
        } else {
          Object.assign(row, { status: 'pending', dueAt: now, failure, workerId: undefined })
          run.born = true
          report.released += 1
        }
      }
      for (const run of runs.values()) {
        if (run.state !== 'running') continue
        const moved = proceed(run)
        if (moved) report.advanced += 1
        announce(run, moved)
      }
      return report
    },

    run: async (runId) => {
      const run = runs.get(runId)
      return run && snapshot(run)
    },
    deadRows: async (runId, limit) =>
      [...rows.values()]
        .filter((row) => row.runId === runId && row.status === 'dead')
        .slice(0, limit)
        .flatMap(({ id, step, jobType, payload, attempts, failure }) =>
          failure ? [{ id, step, jobType, payload, attempts, failure }] : [],
        ),
  }

  function isDue(row: LedgerRow, request: ClaimRequest, now: number): boolean {
    const wanted = request.row
    if (row.status !== 'pending' || row.dueAt > now || !request.jobTypes.includes(row.jobType)) return false
    if (wanted && (row.id !== wanted.id || row.tenantId !== wanted.tenantId || row.runId !== wanted.runId)) return false
    return runs.get(row.runId)?.state === 'running'
  }
}

function snapshot(run: MemoryRun): RunSnapshot {
  const counters = run.counters.map((row) => ({ ...row }))
  return {
    runId: run.runId,
    jobId: run.jobId,
    tenantId: run.tenantId,
    state: run.state,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    status: jobStatus(OVERALL[run.state], run.revision, run.graph, counters),
    counters,
    totals: run.totals,
  }
}

const OVERALL = {
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'READY',
} as const satisfies { readonly [state: string]: Overall }

function watermarkKey(jobId: number, step: string, unitKey: string): string {
  return JSON.stringify([jobId, step, unitKey])
}
