import type { ErrorCode, JobType, Json } from '@millrace/core'

/** A ledger row that was given up, with what is known about it. */
export interface DeadLetter {
  readonly id: number
  readonly jobId: number
  readonly jobName: string
  readonly runId: number
  readonly integrationId: number
  readonly step: string
  readonly jobType: JobType
  readonly code: ErrorCode
  readonly message: string
  /** Transient debt is adopted by the next run by itself. */
  readonly transient: boolean
  readonly attempts: number
  /** What the row is about, as far as it says. */
  readonly unit: Json
  /** The raw record that a transform row is about. */
  readonly rawId: number | null
  /** Positions of the bad items in that record; null when it is about the whole record. */
  readonly items: readonly number[] | null
  readonly diedAt: Date | null
  /** When people asked for it to be tried again; the next run adopts it. */
  readonly requeuedAt: Date | null
}

/** Which dead letters are meant; what is not given is any. */
export interface DeadLetterFilter {
  readonly ids?: readonly number[]
  readonly jobId?: number
  readonly runId?: number
  readonly integrationId?: number
  readonly step?: string
  readonly jobType?: JobType
  readonly code?: string
  readonly transient?: boolean
}

/** `q` is the row. $1 to $8 the filter, as `filterValues` gives it. */
export const MATCHES_FILTER = `
  q.status = 'dead'
  AND ($1::bigint[] IS NULL OR q.id = ANY ($1))
  AND ($2::integer IS NULL OR q.job_id = $2)
  AND ($3::bigint IS NULL OR q.run_id = $3)
  AND ($4::integer IS NULL OR q.integration_id = $4)
  AND ($5::text IS NULL OR q.step = $5)
  AND ($6::text IS NULL OR q.job_type = $6)
  AND ($7::text IS NULL OR q.error_code = $7)
  AND ($8::boolean IS NULL OR q.error_transient = $8)`

export function filterValues(filter: DeadLetterFilter): readonly unknown[] {
  return [
    filter.ids ?? null,
    filter.jobId ?? null,
    filter.runId ?? null,
    filter.integrationId ?? null,
    filter.step ?? null,
    filter.jobType ?? null,
    filter.code ?? null,
    filter.transient ?? null,
  ]
}

/** A dead letter's columns, of the row `q` and its job `j`. */
export const DEAD_LETTER_COLUMNS = `
  q.id, q.job_id AS "jobId", j.job_name AS "jobName", q.run_id AS "runId", q.integration_id AS "integrationId", q.step,
  q.job_type AS "jobType", q.error_code AS code, q.error_details ->> 'message' AS message, q.error_transient AS transient,
  q.attempts, coalesce(q.payload -> 'unit', r.extraction_metadata -> 'unit') AS unit,
  (q.payload ->> 'raw_id')::bigint AS "rawId", q.payload -> 'items' AS items, q.completed_at AS "diedAt",
  q.requeued_at AS "requeuedAt"`

/** The row, its job, and its raw record if there is one. */
export const DEAD_LETTER_TABLES = `
  etl_job_queue q JOIN etl_jobs j ON j.id = q.job_id
  LEFT JOIN raw_extraction_data r ON r.id = (q.payload ->> 'raw_id')::bigint`
