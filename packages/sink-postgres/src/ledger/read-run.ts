import {
  type DeadRow,
  type ErrorCode,
  type JobType,
  type Json,
  jobStatus,
  type RunGraph,
  type RunSnapshot,
  type RunState,
  type RunTotals,
  STAGES,
  type StageCounters,
} from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { countDead, OVERALL } from './job-document.ts'

/** $1 run */
const READ_RUN = `
  SELECT id, job_id, tenant_id, state, started_at, finished_at, revision, graph FROM etl_runs WHERE id = $1`

/** $1 run */
const READ_STEPS = `
  SELECT step, stage, state, planned, done, dead, api_calls, bytes_received, rows_written, rows_removed, embedded,
    embeddings_queued, peak_memory_bytes FROM etl_run_steps WHERE run_id = $1`

/** $1 run · $2 limit */
const READ_DEAD = `
  SELECT q.id, q.step, q.job_type, q.payload, q.attempts, q.error_code, q.error_transient, q.error_details
    FROM etl_job_queue q JOIN etl_runs r ON r.id = q.run_id AND r.job_id = q.job_id
   WHERE q.run_id = $1 AND q.status = 'dead' ORDER BY q.id LIMIT $2`

interface RunRow {
  readonly id: number
  readonly job_id: number
  readonly tenant_id: number
  readonly state: RunState
  readonly started_at: Date
  readonly finished_at: Date | null
  readonly revision: number
  readonly graph: RunGraph
}

interface StepRow extends StageCounters {
  readonly api_calls: number
  readonly bytes_received: number
  readonly rows_written: number
  readonly rows_removed: number
  readonly embedded: number
  readonly embeddings_queued: number
  readonly peak_memory_bytes: number
}

/** State and counters of a run, of one moment. */
export async function readRun(tx: Tx, runId: number): Promise<RunSnapshot | undefined> {
  await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  const [run] = await tx.query<RunRow>(READ_RUN, [runId])
  if (!run) return undefined
  const rows = await tx.query<StepRow>(READ_STEPS, [runId])
  const openDeadLetters = await countDead(tx, run.job_id)
  const ordered = run.graph.steps.flatMap((step) =>
    STAGES.flatMap((stage) => rows.filter((row) => row.step === step.name && row.stage === stage)),
  )
  const counters = ordered.map(({ step, stage, state, planned, done, dead }) => ({
    step,
    stage,
    state,
    planned,
    done,
    dead,
  }))
  return {
    runId: run.id,
    jobId: run.job_id,
    tenantId: run.tenant_id,
    state: run.state,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    status: jobStatus(OVERALL[run.state], run.revision, run.graph, counters, openDeadLetters),
    counters,
    totals: totalsOf(rows),
  }
}

function totalsOf(rows: readonly StepRow[]): RunTotals {
  const sum = (pick: (row: StepRow) => number): number => rows.reduce((total, row) => total + pick(row), 0)
  return {
    apiCalls: sum((row) => row.api_calls),
    bytesReceived: sum((row) => row.bytes_received),
    rowsWritten: sum((row) => row.rows_written),
    rowsRemoved: sum((row) => row.rows_removed),
    embedded: sum((row) => row.embedded),
    embeddingsQueued: sum((row) => row.embeddings_queued),
    peakMemoryBytes: Math.max(0, ...rows.map((row) => row.peak_memory_bytes)),
  }
}

interface DeadQueueRow {
  readonly id: number
  readonly step: string
  readonly job_type: JobType
  readonly payload: { readonly [key: string]: Json }
  readonly attempts: number
  readonly error_code: ErrorCode
  readonly error_transient: boolean
  readonly error_details: { readonly message: string; readonly context: { readonly [key: string]: Json } }
}

/** Dead rows of a run, oldest first. */
export async function readDeadRows(tx: Tx, runId: number, limit: number): Promise<readonly DeadRow[]> {
  const rows = await tx.query<DeadQueueRow>(READ_DEAD, [runId, limit])
  return rows.map((row) => ({
    id: row.id,
    step: row.step,
    jobType: row.job_type,
    payload: row.payload,
    attempts: row.attempts,
    failure: {
      code: row.error_code,
      message: row.error_details.message,
      transient: row.error_transient,
      context: row.error_details.context,
    },
  }))
}
