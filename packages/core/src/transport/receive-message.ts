import type { JobType } from '../completion/run-graph.ts'
import { isMillraceError } from '../errors/millrace-error.ts'
import { announceRefusal, FAILED_QUEUE } from '../messages/failed-message.ts'
import type { JobMessage } from '../messages/message-schemas.ts'
import { fetchType, syncType } from '../messages/message-type.ts'
import { type Message, parseMessage } from '../messages/parse-message.ts'
import { CUSTOM_FIELDS_QUEUE, JOBS_QUEUE } from '../messages/queue-names.ts'
import type { Arrival, Broker } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { ClaimRequest, Lease, Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { Outbox } from '../ports/outbox.ts'

/** What somebody outside asks for: a message on `etl.jobs` or `etl.custom_fields` that names no ledger row. */
export interface ExternalRequest {
  readonly queue: typeof JOBS_QUEUE | typeof CUSTOM_FIELDS_QUEUE
  readonly body: JobMessage
}

export interface ReceiveOptions {
  readonly broker: Broker
  readonly claim: Ledger['claim']
  readonly handBack: (lease: Lease) => Promise<unknown>
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Logger
  readonly maxMessageBytes: number
  readonly onRequest: ((request: ExternalRequest) => Promise<void>) | undefined
}

/** Who claims, and what it works on. */
export type Claimant = Omit<ClaimRequest, 'row' | 'limit'>

/**
 * Turns a message into a lease, or settles it.
 *
 * A message only names a row: the row, read as its tenant, is the truth. So a duplicate is acknowledged and nothing else; a
 * row that waits, or that somebody has, is left to the ledger; and what names something that its tenant does not have, does
 * not parse or is too large is announced in `etl.failed`. Never rejects: when the ledger is away, the message is delayed.
 */
export async function receiveMessage(
  arrival: Arrival,
  claimant: Claimant,
  options: ReceiveOptions,
): Promise<Lease | undefined> {
  try {
    return await receive(arrival, claimant, options)
  } catch (error) {
    options.log.warn(
      { queue: arrival.queue, error: String(error) },
      'Failed to claim the row of a message. Trying later.',
    )
    arrival.delay()
    return undefined
  }
}

async function receive(arrival: Arrival, claimant: Claimant, options: ReceiveOptions): Promise<Lease | undefined> {
  const { outbox, maxMessageBytes } = options
  const refuse = (reason: string): Promise<undefined> => refuseMessage(arrival, reason, options)
  const { byteLength } = arrival.body
  if (byteLength > maxMessageBytes) return refuse(`it has ${byteLength} bytes, and ${maxMessageBytes} are allowed`)

  const parsed = parseMessage(arrival.body)
  if (!parsed.ok) {
    if (parsed.reason !== 'newer') return refuse(`it is ${parsed.reason}: ${parsed.detail}`)
    options.log.info({ queue: arrival.queue }, `Left a message to newer workers: ${parsed.detail}`)
    arrival.delay()
    return undefined
  }
  const { message } = parsed
  if (!message.row) return request(arrival, message, options)
  if (!claimant.jobTypes.includes(message.jobType))
    return refuse(`a message of kind ${message.jobType} is not for this queue`)

  const jobTypes: readonly JobType[] = [message.jobType]
  const [lease] = await options.claim({ ...claimant, jobTypes, limit: 1, row: message.row })
  if (lease) {
    const differences = differencesOf(message, lease)
    if (differences.length === 0) return lease
    await options.handBack(lease)
    return refuse(`it disagrees with its ledger row in ${differences.join(', ')}`)
  }
  const why = await outbox.unclaimable(message.row, message.jobType)
  if (why === 'foreign') return refuse('its tenant has no such row of such a run')
  arrival.ack()
  return undefined
}

/** A message without a row asks for a run, if anybody here takes requests. */
async function request(arrival: Arrival, message: Message, options: ReceiveOptions): Promise<undefined> {
  const { queue } = arrival
  const mayAsk = queue === JOBS_QUEUE || queue === CUSTOM_FIELDS_QUEUE
  if (message.jobType !== 'plan' || !mayAsk) return refuseMessage(arrival, 'it names no ledger row', options)
  if (!options.onRequest)
    return refuseMessage(arrival, 'it asks for a run, and no process here takes requests', options)
  try {
    await options.onRequest({ queue, body: message.body })
    arrival.ack()
  } catch (error) {
    if (isMillraceError(error) && error.retryable) arrival.delay()
    else await refuseMessage(arrival, error instanceof Error ? error.message : String(error), options)
  }
  return undefined
}

/** Announces a message in `etl.failed` and takes it off its queue; the ledger's row, if it has one, is not touched. */
async function refuseMessage(arrival: Arrival, reason: string, options: ReceiveOptions): Promise<undefined> {
  const error = `Failed to accept a message on ${arrival.queue}: ${reason}. Nothing is lost: the ledger holds the work.`
  options.log.warn({ queue: arrival.queue }, error)
  const announcement = announceRefusal(arrival, error, new Date(options.clock.now()))
  const body = new TextEncoder().encode(JSON.stringify(announcement))
  const { failed } = await options.broker.publish([{ queue: FAILED_QUEUE, id: 'refused', body }])
  if (failed.length === 0) arrival.ack()
  else arrival.delay()
  return undefined
}

/** Names of the fields in which a message and the row that it names disagree: nobody of ours wrote such a message. */
function differencesOf(message: Message, lease: Lease): readonly string[] {
  const { job_id, integration_id } = message.body
  const facts = [
    { field: 'job_id', said: job_id, known: lease.jobId },
    { field: 'integration_id', said: integration_id ?? lease.integrationId, known: lease.integrationId },
    ...factsOfKind(message, lease),
  ]
  return facts.filter(({ said, known }) => said !== known).map(({ field }) => field)
}

/** What a message of each kind says of its work, beside what the row knows. */
function factsOfKind(message: Message, { connector, step, payload }: Lease): readonly Fact[] {
  switch (message.jobType) {
    case 'plan':
      return [{ field: 'job_type', said: message.body.job_type, known: syncType(connector) }]
    case 'extract':
      return [{ field: 'type', said: message.body.type, known: fetchType(step) }]
    case 'transform':
      return [
        { field: 'type', said: message.body.type, known: step },
        { field: 'raw_data_id', said: message.body.raw_data_id, known: payload.raw_id },
      ]
    case 'embed':
      return [{ field: 'table_name', said: message.body.table_name, known: payload.entity }]
  }
}

interface Fact {
  readonly field: string
  readonly said: unknown
  readonly known: unknown
}
