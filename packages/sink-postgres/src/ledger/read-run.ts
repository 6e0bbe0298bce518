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
  type RunWarning,
  STAGES,
  type StageCounters,
} from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { OVERALL } from './job-document.ts'

/** One statement, and so one moment. $1 run */
const READ_RUN = `
  SELECT r.id, r.job_id, r.tenant_id, r.state, r.started_at, r.finished_at, r.revision, r.graph, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('step', s.step, 'stage', s.stage, 'state', s.state, 'planned', s.planned,
        'done', s.done, 'dead', s.dead, 'apiCalls', s.api_calls, 'bytesReceived', s.bytes_received,
        'rowsWritten', s.rows_written, 'rowsRemoved', s.rows_removed, 'embedded', s.embedded,
        'embeddingsQueued', s.embeddings_queued, 'peakMemoryBytes', s.peak_memory_bytes, 'warnings', s.warnings)), '[]')
        FROM etl_run_steps s WHERE s.run_id = r.id
    ) AS steps,
    (SELECT count(*) FROM etl_job_queue q WHERE q.job_id = r.job_id AND q.status = 'dead') AS open_dead_letters
    FROM etl_runs r WHERE r.id = $1`

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
  readonly steps: readonly (StageCounters & RunTotals & StageWarnings)[]
  readonly open_dead_letters: number
}

export interface StageWarnings {
  readonly step: string
  /** Messages by what they are about. */
  readonly warnings: { readonly [about: string]: string }
}

/** Warnings of stages, which come in the order of a run. A step warns of the same once. */
export function warningsOf(stages: readonly StageWarnings[]): readonly RunWarning[] {
  const found = new Map<string, RunWarning>()
  for (const { step, warnings } of stages) {
    for (const about of Object.keys(warnings).sort()) {
      const key = JSON.stringify([step, about])
      const message = warnings[about] ?? ''
      if (!found.has(key)) found.set(key, { step, about, message })
    }
  }
  return [...found.values()]
}

/** State and counters of a run, of one moment. */
export async function readRun(tx: Tx, runId: number): Promise<RunSnapshot | undefined> {
  const [run] = await tx.query<RunRow>(READ_RUN, [runId])
  if (!run) return undefined
  const ordered = run.graph.steps.flatMap((step) =>
    STAGES.flatMap((stage) => run.steps.filter((row) => row.step === step.name && row.stage === stage)),
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
    status: jobStatus(OVERALL[run.state], run.revision, run.graph, counters, run.open_dead_letters),
    counters,
    totals: totalsOf(run.steps),
    warnings: warningsOf(ordered),
  }
}

function totalsOf(steps: readonly RunTotals[]): RunTotals {
  const sum = (pick: (step: RunTotals) => number): number => steps.reduce((total, step) => total + pick(step), 0)
  return {
    apiCalls: sum((step) => step.apiCalls),
    bytesReceived: sum((step) => step.bytesReceived),
    rowsWritten: sum((step) => step.rowsWritten),
    rowsRemoved: sum((step) => step.rowsRemoved),
    embedded: sum((step) => step.embedded),
    embeddingsQueued: sum((step) => step.embeddingsQueued),
    peakMemoryBytes: Math.max(0, ...steps.map((step) => step.peakMemoryBytes)),
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
