import { z } from 'zod'
import { bigId, count, id, json, line, time } from './scalars.ts'

export const rawRecord = z.object({
  id: bigId,
  integration_id: id,
  job_id: id,
  /** 0 for one that is stored and that no run has taken up yet. */
  run_id: count,
  /** Name of the step. */
  entity_type: z.string(),
  external_id: z.string().nullable(),
  unit: json.nullable(),
  source_seq: count,
  created_at: time,
  processed_at: time.nullable(),
  processing_status: z.enum(['pending', 'processed', 'failed']),
  payload_size: count,
  sha256: z.string(),
  connector_version: z.string(),
  transform_version: count,
  encoding: z.enum(['zstd', 'jsonb']),
})
export type RawRecord = z.output<typeof rawRecord>

export const rawDetails = rawRecord.extend({
  /** What was received, parsed where it is JSON, otherwise as text. */
  raw_data: z.array(json),
})
export type RawDetails = z.output<typeof rawDetails>

/** A record that somebody else received. */
export const rawInput = z.strictObject({
  integration_id: id,
  /** Name of the step that transforms it. */
  entity_type: line(100).min(1),
  /** What it is about, for people. */
  external_id: line(500).min(1),
  /** The body as the provider sent it. */
  raw_data: json,
  /** The unit that it is of, for steps whose units say what their bodies do not. */
  unit: json.default({}),
})
