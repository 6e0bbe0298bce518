import type { Json } from '../contracts/json.ts'
import {
  type EmbeddingMessage,
  type EmbedOperation,
  type ExtractionMessage,
  type JobMessage,
  MESSAGE_VERSION,
  type TransformMessage,
} from './message-schemas.ts'
import { fetchType, syncType } from './message-type.ts'

/** What every message says about its ledger row. */
export interface RowFacts {
  readonly queueId: number
  readonly runId: number
  readonly tenantId: number
  readonly integrationId: number
  readonly jobId: number
  /** The connector's name, for example `tracker`. */
  readonly connector: string
  /** The provider as people write it, for example `Tracker`. */
  readonly provider: string
  readonly step: string
  /** Start of the extraction window. */
  readonly since: Date | null
  /** Whether the row is the first of its stage, and, where that is known, the last of its stage or of its job. */
  readonly first: boolean
  readonly last?: boolean
  readonly lastOfJob?: boolean
}

/** What is to be done, by the row's job type. */
export type MessageFacts = RowFacts &
  (
    | {
        readonly jobType: 'plan'
        readonly options: { readonly [name: string]: Json }
        readonly scheduledAt: Date
        readonly priority: number
        readonly attempts: number
        readonly maxAttempts: number
      }
    | { readonly jobType: 'extract'; readonly unit: Json }
    | { readonly jobType: 'transform'; readonly rawDataId: number }
    | {
        readonly jobType: 'embed'
        readonly table: string
        readonly externalIds: readonly string[]
        readonly operation: EmbedOperation
      }
  )

/** Renders the message of a row; `JSON.stringify` it. The ledger stays the truth: a worker reads the row, not the message. */
export function toMessage(facts: MessageFacts): JobMessage | ExtractionMessage | TransformMessage | EmbeddingMessage {
  switch (facts.jobType) {
    case 'plan':
      return {
        ...envelope(facts),
        integration_id: facts.integrationId,
        job_type: syncType(facts.connector),
        config: facts.options,
        scheduled_at: facts.scheduledAt.toISOString(),
        priority: facts.priority,
        retry_count: facts.attempts,
        max_retries: facts.maxAttempts,
      }
    case 'extract':
      // A unit cannot take a field from the envelope: definitions refuse such names, and here the envelope is last.
      return { ...ownFields(facts.unit), ...stepEnvelope(facts, fetchType(facts.step), facts.provider) }
    case 'transform':
      return { ...stepEnvelope(facts, facts.step, facts.connector), raw_data_id: facts.rawDataId }
    case 'embed': {
      const [first, ...others] = facts.externalIds
      return {
        ...envelope(facts),
        integration_id: facts.integrationId,
        table_name: facts.table,
        ...(first !== undefined && others.length === 0 && { external_id: first }),
        external_ids: [...facts.externalIds],
        operation: facts.operation,
        ...flags(facts),
      }
    }
  }
}

function envelope(facts: RowFacts) {
  const { queueId, runId, tenantId, jobId } = facts
  return { v: MESSAGE_VERSION, queue_id: queueId, run_id: runId, tenant_id: tenantId, job_id: jobId } as const
}

function stepEnvelope(facts: RowFacts, type: string, provider: string) {
  const lastSyncDate = facts.since?.toISOString() ?? null
  const { integrationId } = facts
  return {
    ...envelope(facts),
    integration_id: integrationId,
    type,
    provider,
    last_sync_date: lastSyncDate,
    ...flags(facts),
  }
}

function flags(facts: RowFacts) {
  return { first_item: facts.first, last_item: facts.last ?? false, last_job_item: facts.lastOfJob ?? false }
}

/** Units that are not objects travel in the ledger only. */
function ownFields(unit: Json): object {
  return unit !== null && typeof unit === 'object' && !Array.isArray(unit) ? unit : {}
}
