import { z } from 'zod'
import { MillraceError } from '../errors/millrace-error.ts'
import type { OutboxRow } from '../ports/outbox.ts'
import {
  embeddingMessageSchema,
  extractionMessageSchema,
  jobMessageSchema,
  type MessageBody,
  transformMessageSchema,
} from './message-schemas.ts'
import { type RowFacts, toMessage } from './to-message.ts'

const SCHEMA_OF_TYPE = {
  plan: jobMessageSchema,
  extract: extractionMessageSchema,
  transform: transformMessageSchema,
  embed: embeddingMessageSchema,
} as const

/** The payloads that the engine gives its rows, as far as messages tell them. */
const extractPayload = z.object({ unit: z.json() })
const transformPayload = z.object({ raw_id: z.int() })
const embedPayload = z.object({ entity: z.string(), keys: z.array(z.string()) })
const runOptions = z.object({ batchSize: z.int().positive(), includeCustomFields: z.boolean() }).partial()

/** A larger unit stays in the ledger, where its worker reads it anyway. */
const MAX_UNIT_CHARS = 65_536

/**
 * Renders the message of a ledger row.
 *
 * @throws INTERNAL when the row holds what no message of its kind can say
 */
export function messageOfRow(row: OutboxRow): MessageBody {
  try {
    return SCHEMA_OF_TYPE[row.jobType].parse(render(row))
  } catch (error) {
    throw new MillraceError('INTERNAL', {
      message: `Failed to render the message of row ${row.id}: its ${row.jobType} payload does not validate. Discard the row, and report it.`,
      cause: error,
    })
  }
}

function render(row: OutboxRow): MessageBody {
  const facts: RowFacts = { ...row, queueId: row.id }
  switch (row.jobType) {
    case 'plan': {
      const { batchSize, includeCustomFields } = runOptions.catch({}).parse(row.options)
      const options = {
        full_sync: row.mode === 'full',
        ...(batchSize !== undefined && { batch_size: batchSize }),
        ...(includeCustomFields !== undefined && { include_custom_fields: includeCustomFields }),
      }
      return toMessage({ ...row, ...facts, jobType: 'plan', options })
    }
    case 'extract': {
      const { unit } = extractPayload.parse(row.payload)
      return toMessage({ ...facts, jobType: 'extract', unit: JSON.stringify(unit).length > MAX_UNIT_CHARS ? {} : unit })
    }
    case 'transform':
      return toMessage({ ...facts, jobType: 'transform', rawDataId: transformPayload.parse(row.payload).raw_id })
    case 'embed': {
      const { entity, keys } = embedPayload.parse(row.payload)
      // The worker looks at what each row is now: inserted, updated or gone. The message cannot know.
      return toMessage({ ...facts, jobType: 'embed', table: entity, externalIds: keys, operation: 'update' })
    }
  }
}
