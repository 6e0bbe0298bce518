import { STAGES, type StageCounters } from '../completion/run-graph.ts'
import type { Job } from '../ports/job-store.ts'
import type {
  FailureRecord,
  Lease,
  NewRaw,
  NewRow,
  RunSnapshot,
  RunTotals,
  RunWarning,
  StartRun,
} from '../ports/ledger.ts'

const DEFAULT_MAX_ATTEMPTS = 5
const DEFAULT_PRIORITY = 5

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/** A row of the memory ledger. */
export interface LedgerRow extends Mutable<Pick<Lease, 'id' | 'tenantId' | 'runId' | 'step' | 'jobType' | 'payload'>> {
  readonly jobId: number
  readonly key: string | undefined
  readonly priority: number
  readonly maxAttempts: number
  window: Lease['window']
  status: 'pending' | 'leased' | 'done' | 'dead' | 'cancelled'
  attempts: number
  waitedMs: number
  dueAt: number
  token: number
  leaseUntil: number
  leaseMs: number
  workerId: string | undefined
  cursor: Lease['cursor']
  cursorSeq: number
  failure: FailureRecord | undefined
  /** When it was handed to a broker, while it is pending; claims leave it, since only pending rows are looked at. */
  publishedAt: number | undefined
  diedAt: number | undefined
  announcedAt: number | undefined
}

export type CounterRow = Mutable<StageCounters>

export interface MemoryRun extends Mutable<Omit<RunSnapshot, 'status' | 'counters' | 'warnings'>> {
  readonly integrationId: number
  readonly connector: string
  readonly graph: StartRun['graph']
  readonly mode: StartRun['mode']
  readonly options: StartRun['options']
  readonly counters: CounterRow[]
  readonly priority: number
  readonly maxAttempts: number
  /** By step and what it is about. */
  readonly warnings: Map<string, RunWarning>
  /** Keys of rows that were born, so that none is born twice. */
  readonly births: Set<string>
  revision: number
  /** Counters moved so that a stage may have opened or closed. */
  dirty: boolean
  /** Rows became due. */
  due: boolean
}

export interface RawRow extends NewRaw {
  readonly id: number
  /** The extract row whose page it is. */
  readonly rowId: number
  readonly tenantId: number
  readonly jobId: number
  readonly step: string
  readonly receivedAt: number
}

export const NO_TOTALS: RunTotals = {
  apiCalls: 0,
  bytesReceived: 0,
  rowsWritten: 0,
  rowsRemoved: 0,
  embedded: 0,
  embeddingsQueued: 0,
  peakMemoryBytes: 0,
}

export function addTotals(totals: RunTotals, more: Partial<RunTotals>): RunTotals {
  return {
    apiCalls: totals.apiCalls + (more.apiCalls ?? 0),
    bytesReceived: totals.bytesReceived + (more.bytesReceived ?? 0),
    rowsWritten: totals.rowsWritten + (more.rowsWritten ?? 0),
    rowsRemoved: totals.rowsRemoved + (more.rowsRemoved ?? 0),
    embedded: totals.embedded + (more.embedded ?? 0),
    embeddingsQueued: totals.embeddingsQueued + (more.embeddingsQueued ?? 0),
    peakMemoryBytes: Math.max(totals.peakMemoryBytes, more.peakMemoryBytes ?? 0),
  }
}

export function newRun(runId: number, job: Job, integrationId: number, request: StartRun, startedAt: Date): MemoryRun {
  const { graph, mode, options, priority = DEFAULT_PRIORITY, maxAttempts = DEFAULT_MAX_ATTEMPTS } = request
  const zero = { state: 'idle', planned: 0, done: 0, dead: 0 } as const
  return {
    runId,
    jobId: job.id,
    tenantId: job.tenantId,
    integrationId,
    connector: job.connector,
    graph,
    mode,
    options,
    priority,
    maxAttempts,
    state: 'running',
    startedAt,
    finishedAt: null,
    totals: NO_TOTALS,
    counters: graph.steps.flatMap((step) => STAGES.map((stage) => ({ step: step.name, stage, ...zero }))),
    warnings: new Map(),
    births: new Set(),
    revision: 1,
    dirty: false,
    due: false,
  }
}

export function newLedgerRow(id: number, run: MemoryRun, birth: NewRow, dueAt: number): LedgerRow {
  return {
    id,
    tenantId: run.tenantId,
    jobId: run.jobId,
    runId: run.runId,
    step: birth.step,
    jobType: birth.jobType,
    payload: birth.payload,
    key: birth.key,
    priority: run.priority,
    maxAttempts: run.maxAttempts,
    window: birth.window ?? null,
    status: birth.dead ? 'dead' : 'pending',
    attempts: 0,
    waitedMs: 0,
    dueAt,
    token: 0,
    leaseUntil: 0,
    leaseMs: 0,
    workerId: undefined,
    cursor: null,
    cursorSeq: 0,
    failure: birth.dead,
    publishedAt: undefined,
    diedAt: birth.dead ? dueAt : undefined,
    announcedAt: undefined,
  }
}

export function leaseOf(row: LedgerRow, run: MemoryRun): Lease {
  return {
    id: row.id,
    token: row.token,
    tenantId: row.tenantId,
    integrationId: run.integrationId,
    jobId: row.jobId,
    runId: row.runId,
    connector: run.connector,
    step: row.step,
    jobType: row.jobType,
    payload: row.payload,
    attempts: row.attempts,
    maxAttempts: row.maxAttempts,
    suspect: row.failure?.code === 'LEASE_EXPIRED',
    waitedMs: row.waitedMs,
    cursor: row.cursor,
    cursorSeq: row.cursorSeq,
    window: row.window,
    mode: run.mode,
    options: run.options,
    leaseMs: row.leaseMs,
    workerId: row.workerId ?? '',
  }
}
