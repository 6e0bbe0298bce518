import { z } from 'zod'

/** Version of the message bodies that this program writes. */
export const MESSAGE_VERSION = 1

const id = z.int().positive()
/** Tenants, integrations and jobs are numbered by 32-bit integers; a larger number must not reach the database. */
const account = id.max(2_147_483_647)
/** With a zone or without one; without, it is UTC. */
const time = z.iso.datetime({ offset: true, local: true })

/** What ties a message to its ledger row. Null in messages of publishers that know nothing of the ledger. */
const envelope = {
  v: z.literal(MESSAGE_VERSION),
  queue_id: id.nullable(),
  run_id: id.nullable(),
  tenant_id: account,
  job_id: account,
}

/**
 * True on the first row of a stage; on the last of a stage or job only where that is known when publishing. They serve
 * others: nothing of ours depends on them.
 */
const flags = {
  first_item: z.boolean(),
  last_item: z.boolean(),
  last_job_item: z.boolean(),
}

const stepEnvelope = {
  ...envelope,
  integration_id: account,
  type: z.string().min(1),
  provider: z.string(),
  last_sync_date: time.nullable(),
  ...flags,
}

/** Plan a step of a job. */
export const jobMessageSchema = z.object({
  ...envelope,
  integration_id: account,
  job_type: z.string().min(1),
  config: z.looseObject({
    full_sync: z.boolean().optional(),
    batch_size: z.int().positive().optional(),
    include_custom_fields: z.boolean().optional(),
  }),
  scheduled_at: time,
  priority: z.int(),
  retry_count: z.int().nonnegative(),
  max_retries: z.int().nonnegative(),
})

/** Extract a unit, whose own fields stand beside those of the envelope. */
export const extractionMessageSchema = z.looseObject(stepEnvelope)

/** Transform a raw record. */
export const transformMessageSchema = z.object({ ...stepEnvelope, raw_data_id: id })

/** Embed rows of a table. `external_id` repeats a batch of one. */
export const embeddingMessageSchema = z.object({
  ...envelope,
  integration_id: account.nullable(),
  table_name: z.string().min(1),
  external_id: z.string().optional(),
  external_ids: z.array(z.string()).min(1),
  operation: z.enum(['insert', 'update', 'delete']),
  ...flags,
})

export type JobMessage = z.output<typeof jobMessageSchema>
export type ExtractionMessage = z.output<typeof extractionMessageSchema>
export type TransformMessage = z.output<typeof transformMessageSchema>
export type EmbeddingMessage = z.output<typeof embeddingMessageSchema>
export type MessageBody = JobMessage | ExtractionMessage | TransformMessage | EmbeddingMessage
export type EmbedOperation = EmbeddingMessage['operation']
