import type { Json, RunMode, RunState, RunTotals, RunWarning, StageCounters } from '@millrace/core'
import { STAGES } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { SUMS_OF_STEPS } from './close-run.ts'
import { type StageWarnings, warningsOf } from './read-run.ts'

/** A run, as the history shows it. */
export interface RunRecord extends RunTotals {
  readonly runId: number
  readonly jobId: number
  readonly jobName: string
  readonly integrationId: number
  readonly connector: string
  readonly mode: RunMode
  readonly options: { readonly [key: string]: Json }
  readonly state: RunState
  readonly startedAt: Date
  readonly finishedAt: Date | null
  /** So far, while it runs. */
  readonly durationMs: number
  /** Rows that died in it, whatever became of them since. */
  readonly deadRows: number
}

/** One kind of failure of a run. */
export interface RunFailure {
  readonly step: string
  readonly jobType: string
  readonly code: string
  readonly count: number
  /** Of the first row that failed so. */
  readonly message: string
}

export interface RunDetails extends RunRecord {
  /** In the order of the run's steps and of their stages. */
  readonly stages: readonly (StageCounters & { readonly displayName: string })[]
  /** What is dead of it now, the most frequent first: what was requeued, discarded or adopted is somebody else's. */
  readonly failures: readonly RunFailure[]
  /** What failed nothing, and that people have to know: what was left unread, and why. */
  readonly warnings: readonly RunWarning[]
}

export interface ListRuns {
  readonly tenantId: number
  /** @default runs of all jobs */
  readonly jobId?: number
  /** At most 500. @default 50 */
  readonly limit?: number
  /** Only runs that started before this one: the last of the page before. */
  readonly before?: number
}

const MOST = 500
const USUAL = 50

/** A run that is over has its numbers; one that runs is summed up. */
const SELECT_RUNS = `
  SELECT r.id, r.job_id, j.job_name, r.integration_id, r.connector, r.mode, r.options, r.state, r.started_at, r.finished_at,
    coalesce(r.duration_ms, (extract(epoch FROM millrace_now() - r.started_at) * 1000)::bigint) AS duration_ms,
    coalesce(r.api_calls, live.api_calls, 0) AS api_calls,
    coalesce(r.bytes_received, live.bytes_received, 0) AS bytes_received,
    coalesce(r.rows_written, live.rows_written, 0) AS rows_written,
    coalesce(r.rows_removed, live.rows_removed, 0) AS rows_removed,
    coalesce(r.dead_rows, live.dead_rows, 0) AS dead_rows,
    coalesce(r.embeddings_queued, live.embeddings_queued, 0) AS embeddings_queued,
    coalesce(r.embedded, live.embedded, 0) AS embedded,
    coalesce(r.peak_memory_bytes, live.peak_memory_bytes, 0) AS peak_memory_bytes
    FROM etl_runs r JOIN etl_jobs j ON j.id = r.job_id
    LEFT JOIN LATERAL (
      SELECT ${SUMS_OF_STEPS} FROM etl_run_steps s WHERE s.run_id = r.id AND r.api_calls IS NULL
    ) AS live ON true`

/** $1 job, or null · $2 the run before which to begin, or null · $3 limit */
const LIST_RUNS = `${SELECT_RUNS}
   WHERE ($1::integer IS NULL OR r.job_id = $1) AND ($2::bigint IS NULL OR r.id < $2)
   ORDER BY r.id DESC LIMIT $3`

/** $1 run */
const READ_RUN = `${SELECT_RUNS} WHERE r.id = $1`

/** $1 run */
const READ_STAGES = `
  SELECT s.step, s.stage, s.state, s.planned, s.done, s.dead, g.step ->> 'displayName' AS "displayName", s.warnings
    FROM etl_runs r, jsonb_array_elements(r.graph -> 'steps') WITH ORDINALITY AS g (step, position), etl_run_steps s
   WHERE r.id = $1 AND s.run_id = r.id AND s.step = g.step ->> 'name'
   ORDER BY g.position, array_position($2::text[], s.stage)`

/** $1 run */
const READ_FAILURES = `
  SELECT q.step, q.job_type AS "jobType", q.error_code AS code, count(*) AS count,
    (array_agg(q.error_details ->> 'message' ORDER BY q.id))[1] AS message
    FROM etl_job_queue q JOIN etl_runs r ON r.id = q.run_id AND r.job_id = q.job_id
   WHERE q.run_id = $1 AND q.status = 'dead'
   GROUP BY q.step, q.job_type, q.error_code ORDER BY count(*) DESC, q.step, q.job_type, q.error_code`

interface RunRow {
  readonly id: number
  readonly job_id: number
  readonly job_name: string
  readonly integration_id: number
  readonly connector: string
  readonly mode: RunMode
  readonly options: { readonly [key: string]: Json }
  readonly state: RunState
  readonly started_at: Date
  readonly finished_at: Date | null
  readonly duration_ms: number
  readonly api_calls: number
  readonly bytes_received: number
  readonly rows_written: number
  readonly rows_removed: number
  readonly dead_rows: number
  readonly embeddings_queued: number
  readonly embedded: number
  readonly peak_memory_bytes: number
}

/** Runs of a tenant, the newest first. */
export async function listRuns(db: Database, options: ListRuns): Promise<readonly RunRecord[]> {
  const { tenantId, jobId = null, limit = USUAL, before = null } = options
  const rows = await db.query<RunRow>(tenant(tenantId), LIST_RUNS, [jobId, before, Math.min(limit, MOST)])
  return rows.map(recordOf)
}

/** One run with its stages and what is dead of it; undefined when the tenant has no such run. */
export async function readRunDetails(
  db: Database,
  { tenantId, runId }: { readonly tenantId: number; readonly runId: number },
): Promise<RunDetails | undefined> {
  return db.transaction(tenant(tenantId), async (tx) => {
    const [run] = await tx.query<RunRow>(READ_RUN, [runId])
    if (!run) return undefined
    const found = await tx.query<RunDetails['stages'][number] & StageWarnings>(READ_STAGES, [runId, STAGES])
    const stages = found.map(({ warnings: _warnings, ...stage }) => stage)
    const failures = await tx.query<RunFailure>(READ_FAILURES, [runId])
    return { ...recordOf(run), stages, failures, warnings: warningsOf(found) }
  })
}

function recordOf(row: RunRow): RunRecord {
  return {
    runId: row.id,
    jobId: row.job_id,
    jobName: row.job_name,
    integrationId: row.integration_id,
    connector: row.connector,
    mode: row.mode,
    options: row.options,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    durationMs: row.duration_ms,
    apiCalls: row.api_calls,
    bytesReceived: row.bytes_received,
    rowsWritten: row.rows_written,
    rowsRemoved: row.rows_removed,
    deadRows: row.dead_rows,
    embeddingsQueued: row.embeddings_queued,
    embedded: row.embedded,
    peakMemoryBytes: row.peak_memory_bytes,
  }
}
