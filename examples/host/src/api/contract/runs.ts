import { z } from 'zod'
import { bigId, count, id, jsonObject, time } from './scalars.ts'

/** How far a stage of a step has come, in rows of the ledger. */
export const stageCounters = z.object({
  step: z.string(),
  /** `plan` lists the units of a step; people see it as part of its extraction. */
  stage: z.enum(['plan', 'extraction', 'transform', 'embedding']),
  state: z.enum(['idle', 'running', 'finished', 'failed']),
  planned: count,
  done: count,
  dead: count,
})
export type StageCounters = z.output<typeof stageCounters>

export const run = z.object({
  run_id: bigId,
  job_id: id,
  job_name: z.string(),
  integration_id: id,
  connector: z.string(),
  mode: z.enum(['incremental', 'full', 'backfill', 'custom_fields', 'replay']),
  options: jsonObject,
  state: z.enum(['running', 'finished', 'failed', 'cancelled']),
  started_at: time,
  finished_at: time.nullable(),
  /** So far, while it runs. */
  duration_ms: count,
  api_calls: count,
  bytes_received: count,
  rows_written: count,
  rows_removed: count,
  /** Rows that died in it, whatever became of them since. */
  dead_rows: count,
  embeddings_queued: count,
  embedded: count,
  peak_memory_bytes: count,
})
export type Run = z.output<typeof run>

export const runDetails = run.extend({
  stages: z.array(stageCounters.extend({ display_name: z.string() })),
  failures: z.array(
    z.object({
      step: z.string(),
      job_type: z.string(),
      code: z.string(),
      count,
      message: z.string(),
      /** What to do about such failures. */
      remedy: z.string().nullable(),
    }),
  ),
  /** What failed nothing, and that people have to know: what was left unread, and why. */
  warnings: z.array(z.object({ step: z.string(), about: z.string(), message: z.string() })),
})
export type RunDetails = z.output<typeof runDetails>
