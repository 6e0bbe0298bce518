import { Subject } from 'rxjs'
import { advance, isClosed, isSettled } from '../completion/advance.ts'
import { isHopeless } from '../completion/hopeless.ts'
import { LOST_PLACE } from '../completion/lost-place.ts'
import { type JobType, STAGE_OF_JOB_TYPE, type Stage } from '../completion/run-graph.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { canonicalJson } from '../ids/canonical-json.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerChange, NewRow } from '../ports/ledger.ts'
import type { MemoryJobStore } from './memory-job-store.ts'
import { type CounterRow, type LedgerRow, type MemoryRun, newLedgerRow } from './memory-ledger-rows.ts'

/** Rows and runs of the memory ledger, and what follows when their counters move. Everything here is synchronous. */
export interface MemoryRuns {
  readonly rows: Map<number, LedgerRow>
  readonly runs: Map<number, MemoryRun>
  readonly changes: Subject<LedgerChange>
  nextId(): number
  runOf(runId: number): MemoryRun
  /** @throws INTERNAL when a row could not be born: its step is unknown to the run, or the stage is closed */
  checkBirths(run: MemoryRun, births: readonly NewRow[]): void
  bear(run: MemoryRun, birth: NewRow): void
  /** Takes over debt of earlier runs of the job that is worth another try, and what a cancelled one left undone. */
  adopt(run: MemoryRun): void
  count(run: MemoryRun, row: Pick<LedgerRow, 'step' | 'jobType'>, delta: CounterDelta): void
  /** Buries a row. When its step mostly fails, the rows that wait are not tried any more. */
  bury(run: MemoryRun, row: LedgerRow, failure: NonNullable<LedgerRow['failure']>): void
  /** Applies what follows from the counters, if anything may, and announces what changed. Tells whether something did. */
  follow(run: MemoryRun, always?: boolean): boolean
  finish(run: MemoryRun, state: 'finished' | 'failed' | 'cancelled'): void
  /** Dead rows of a job's runs, whichever. */
  openDeadLetters(jobId: number): number
}

type CounterDelta = Partial<Record<'planned' | 'done' | 'dead', number>>

export function memoryRuns(clock: Clock, jobStore: MemoryJobStore): MemoryRuns {
  const rows = new Map<number, LedgerRow>()
  const runs = new Map<number, MemoryRun>()
  const changes = new Subject<LedgerChange>()
  let lastId = 0

  const countersOf = (run: MemoryRun, step: string, stage: Stage): CounterRow => {
    const found = run.counters.find((row) => row.step === step && row.stage === stage)
    if (found) return found
    throw misborn(run, step, stage, 'the run has no such step')
  }

  const count: MemoryRuns['count'] = (run, { step, jobType }, delta) => {
    const row = countersOf(run, step, STAGE_OF_JOB_TYPE[jobType])
    row.planned += delta.planned ?? 0
    row.done += delta.done ?? 0
    row.dead += delta.dead ?? 0
    run.dirty ||= isSettled(row) || (row.state === 'idle' && row.planned > 0)
  }

  const bear: MemoryRuns['bear'] = (run, birth) => {
    const key = birth.key === undefined ? undefined : birthKey(birth.step, birth.jobType, birth.key)
    if (key !== undefined && run.births.has(key)) return
    const row = newLedgerRow(++lastId, run, birth, clock.now())
    rows.set(row.id, row)
    if (key !== undefined) run.births.add(key)
    count(run, row, birth.dead ? { planned: 1, dead: 1 } : { planned: 1 })
    run.due ||= birth.dead === undefined
  }

  const bury: MemoryRuns['bury'] = (run, row, failure) => {
    row.status = 'dead'
    row.failure = failure
    row.diedAt = clock.now()
    row.announcedAt = undefined
    count(run, row, { dead: 1 })
    const stage = STAGE_OF_JOB_TYPE[row.jobType]
    const { dead, planned } = countersOf(run, row.step, stage)
    if (!isHopeless({ dead, planned })) return
    const message = `Failed to try ${row.jobType} of ${row.step}: ${dead} of ${planned} rows are dead.`
    for (const other of rows.values()) {
      const alike = other.runId === run.runId && other.step === row.step && other.jobType === row.jobType
      if (!alike || other.status !== 'pending') continue
      other.status = 'dead'
      other.diedAt = clock.now()
      other.announcedAt = undefined
      other.failure = { code: 'STEP_STOPPED', message, transient: true }
      count(run, other, { dead: 1 })
    }
  }

  /** Transient debt, spawned units, and what a transformer of a lower version died of. */
  const isCurable = (row: LedgerRow, run: MemoryRun): boolean => {
    if (row.failure?.transient) return true
    // What takes its process down is left to people.
    if (row.jobType === 'extract' && row.payload.spawned === true) return row.failure?.code !== 'LEASE_EXPIRED'
    const versionIn = (graph: MemoryRun['graph'] | undefined): number | undefined =>
      graph?.steps.find((step) => step.name === row.step)?.transformVersion
    const [before, now] = [versionIn(runs.get(row.runId)?.graph), versionIn(run.graph)]
    return row.jobType === 'transform' && before !== undefined && now !== undefined && now > before
  }

  const finish: MemoryRuns['finish'] = (run, state) => {
    run.state = state
    run.finishedAt = new Date(clock.now())
    run.births.clear()
    let retrySoon = false
    for (const row of rows.values()) {
      if (row.runId !== run.runId) continue
      if (row.status === 'done') rows.delete(row.id)
      else if (row.status !== 'dead') row.status = 'cancelled'
      else retrySoon ||= row.failure?.transient === true
    }
    jobStore.runEnded(run.jobId, { state, retrySoon: state === 'failed' && retrySoon })
  }

  /** Applies `advance` until nothing follows any more. */
  const proceed = (run: MemoryRun): boolean => {
    for (let moved = false; ; moved = true) {
      const next = advance(run.graph, run.counters)
      for (const { step, stage, state } of next.states) countersOf(run, step, stage).state = state
      for (const step of next.startPlans) bear(run, { step, jobType: 'plan', payload: {}, key: 'plan' })
      if (next.states.length + next.startPlans.length > 0) continue
      if (next.ended === undefined) return moved
      finish(run, next.ended)
      return true
    }
  }

  return {
    rows,
    runs,
    changes,
    nextId: () => ++lastId,
    runOf: (runId) => {
      const run = runs.get(runId)
      if (run) return run
      throw new MillraceError('INTERNAL', { message: `Failed to find run ${runId} in this ledger.` })
    },
    checkBirths: (run, births) => {
      for (const { step, jobType, key } of births) {
        if (key !== undefined && run.births.has(birthKey(step, jobType, key))) continue
        const counters = countersOf(run, step, STAGE_OF_JOB_TYPE[jobType])
        if (isClosed(counters)) throw misborn(run, step, counters.stage, `that stage is ${counters.state}`)
      }
    },
    bear,
    adopt: (run) => {
      const steps = new Set(run.graph.steps.map((step) => step.name))
      const spawned = new Map<string, LedgerRow>()
      // Newest first: of two rows about the same thing the newer one is taken.
      for (const row of [...rows.values()].reverse()) {
        if (row.jobId !== run.jobId || row.runId === run.runId || row.jobType === 'plan' || !steps.has(row.step))
          continue
        if (row.status !== 'cancelled' && !(row.status === 'dead' && isCurable(row, run))) continue
        if (run.mode === 'replay' && row.jobType === 'extract') continue
        const key = row.key === undefined ? undefined : birthKey(row.step, row.jobType, row.key)
        if (key !== undefined && run.births.has(key)) continue
        const unit = spawnedUnit(row)
        const newer = unit === undefined ? undefined : spawned.get(unit)
        if (newer) {
          newer.window = unionOf(newer.window, row.window)
          newer.cursor = null
          rows.delete(row.id)
          continue
        }
        if (unit !== undefined) spawned.set(unit, row)
        if (key !== undefined) run.births.add(key)
        if (row.failure && LOST_PLACE.includes(row.failure.code)) row.cursor = null
        Object.assign(row, {
          runId: run.runId,
          status: 'pending',
          attempts: 0,
          waitedMs: 0,
          dueAt: clock.now(),
          failure: undefined,
          publishedAt: undefined,
        })
        const restarts = run.mode === 'full' && row.jobType === 'extract' && row.payload.apart !== true
        if (restarts) Object.assign(row, { window: row.window && { ...row.window, since: null }, cursor: null })
        row.token += 1
        count(run, row, { planned: 1 })
        run.due = true
      }
    },
    count,
    bury,
    follow: (run, always = false) => {
      const moved = run.state === 'running' && (always || run.dirty) && proceed(run)
      if (moved) run.revision += 1
      if (run.due) changes.next({ kind: 'work' })
      if (moved) changes.next({ kind: 'status', runId: run.runId })
      run.due = false
      run.dirty = false
      return moved
    },
    finish,
    openDeadLetters: (jobId) =>
      rows.values().reduce((sum, row) => sum + Number(row.jobId === jobId && row.status === 'dead'), 0),
  }
}

function birthKey(step: string, jobType: JobType, key: string): string {
  return JSON.stringify([step, jobType, key])
}

/** What a row is about that a page of another unit gave birth to, in whichever window. */
function spawnedUnit({ jobType, step, payload }: LedgerRow): string | undefined {
  if (jobType !== 'extract' || payload.spawned !== true || payload.apart === true) return undefined
  return canonicalJson([step, payload.unit])
}

/** The smallest window over both. */
function unionOf(newer: LedgerRow['window'], older: LedgerRow['window']): LedgerRow['window'] {
  if (!newer || !older) return null
  const since = newer.since && older.since && new Date(Math.min(newer.since.getTime(), older.since.getTime()))
  return { since, until: new Date(Math.max(newer.until.getTime(), older.until.getTime())) }
}

function misborn(run: MemoryRun, step: string, stage: Stage, reason: string): MillraceError {
  return new MillraceError('INTERNAL', {
    message: `Failed to add rows to ${stage} of ${step} in run ${run.runId}: ${reason}. Spawn only into steps named in \`spawns\`.`,
    context: { runId: run.runId, step, stage },
  })
}
