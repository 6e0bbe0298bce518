import { z } from 'zod'
import { bigId, count, id, json, time } from './scalars.ts'

export const rawRecord = z.object({
  id: bigId,
  integration_id: id,
  job_id: id,
  run_id: bigId,
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
