import { z } from 'zod'
import {
  type EmbeddingMessage,
  type ExtractionMessage,
  embeddingMessageSchema,
  extractionMessageSchema,
  type JobMessage,
  jobMessageSchema,
  MESSAGE_VERSION,
  type MessageBody,
  type TransformMessage,
  transformMessageSchema,
} from './message-schemas.ts'
import { stepOfFetchType } from './message-type.ts'
import { RESERVED_UNIT_FIELDS } from './reserved-fields.ts'
import { upgradeMessage } from './upgrade-message.ts'

/** The ledger row that a message names, as a claim asks for it. */
export interface NamedRow {
  readonly id: number
  readonly tenantId: number
  readonly runId: number
}

/** A message that validates. `row` is absent when its publisher knows nothing of the ledger. */
export type Message = { readonly row: NamedRow | undefined } & (
  | { readonly jobType: 'plan'; readonly body: JobMessage }
  | {
      readonly jobType: 'extract'
      readonly step: string
      /** The fields beside the envelope; the step's connector validates them. */
      readonly unit: { readonly [field: string]: unknown }
      readonly body: ExtractionMessage
    }
  | { readonly jobType: 'transform'; readonly step: string; readonly body: TransformMessage }
  | { readonly jobType: 'embed'; readonly body: EmbeddingMessage }
)

export type ParsedMessage =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false
      /**
       * - `not-json`: not a JSON object in UTF-8.
       * - `newer`: written by a newer program: hand it back, for a newer worker.
       * - `unknown`: none of the messages that this program knows.
       * - `invalid`: a field is missing or wrong.
       */
      readonly reason: 'not-json' | 'newer' | 'unknown' | 'invalid'
      /** One line for people. */
      readonly detail: string
    }

/** Reads a message of any version up to ours. Never throws. */
export function parseMessage(bytes: Uint8Array): ParsedMessage {
  const json = objectOf(bytes)
  if (json === undefined) return refuse('not-json', 'The body is not a JSON object in UTF-8.')
  const version = json.v ?? 0
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 0) {
    return refuse('invalid', 'v: expected a whole number.')
  }
  if (version > MESSAGE_VERSION) {
    return refuse('newer', `The body has version ${version}; this program reads up to ${MESSAGE_VERSION}.`)
  }
  const body = upgradeMessage(json, version)
  // Units may have any field but the reserved ones, so that only those, and `type` first, tell messages apart.
  if ('type' in body) {
    return 'raw_data_id' in body
      ? read(transformMessageSchema, body, asTransform)
      : read(extractionMessageSchema, body, asExtract)
  }
  if ('table_name' in body) return read(embeddingMessageSchema, body, asEmbed)
  if ('job_type' in body) return read(jobMessageSchema, body, asPlan)
  return refuse('unknown', 'The body has none of the fields type, table_name and job_type.')
}

const asPlan = (body: JobMessage): Message => ({ jobType: 'plan', row: namedRow(body), body })

const asExtract = (body: ExtractionMessage): Message => ({
  jobType: 'extract',
  row: namedRow(body),
  step: stepOfFetchType(body.type),
  unit: Object.fromEntries(Object.entries(body).filter(([field]) => !RESERVED_UNIT_FIELDS.has(field))),
  body,
})

const asTransform = (body: TransformMessage): Message => ({
  jobType: 'transform',
  row: namedRow(body),
  step: body.type,
  body,
})

const asEmbed = (body: EmbeddingMessage): Message => ({ jobType: 'embed', row: namedRow(body), body })

function read<Body>(schema: z.ZodType<Body>, json: object, as: (body: Body) => Message): ParsedMessage {
  const result = schema.safeParse(json)
  if (result.success) return { ok: true, message: as(result.data) }
  const issues = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  return refuse('invalid', issues.join('; '))
}

function namedRow(body: MessageBody): NamedRow | undefined {
  if (body.queue_id === null || body.run_id === null) return undefined
  return { id: body.queue_id, tenantId: body.tenant_id, runId: body.run_id }
}

function refuse(reason: Extract<ParsedMessage, { ok: false }>['reason'], detail: string): ParsedMessage {
  return { ok: false, reason, detail }
}

function objectOf(bytes: Uint8Array): { readonly [field: string]: unknown } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
