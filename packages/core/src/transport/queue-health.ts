import { FAILED_QUEUE } from '../messages/failed-message.ts'
import { CUSTOM_FIELDS_QUEUE, outboxQueueName, queueName, queuesOf } from '../messages/queue-names.ts'
import type { Broker } from '../ports/broker.ts'
import type { Outbox } from '../ports/outbox.ts'

/** One queue, as the broker and as the ledger see it. */
export interface QueueHealth {
  readonly queue: string
  /** Messages that wait in the broker, and who consumes them; null without a broker, or while it is away. */
  readonly messages: number | null
  readonly consumers: number | null
  /** Ledger rows that are not settled: the work that is left, wherever it is. */
  readonly open: number
  /** Of those, handed to the broker and not yet taken by a worker. */
  readonly published: number
  /** For how long the oldest row that is due waits, in milliseconds; null when none is. */
  readonly oldestMs: number | null
}

const ROW_QUEUES = [
  queueName('plan', 'free'),
  ...(['extract', 'transform', 'embed'] as const).flatMap((jobType) => queuesOf(jobType)),
]

/**
 * The state of every queue, for people and alarms: a queue with messages and no consumers has lost its workers; one whose
 * oldest row waits for long has too few.
 *
 * @example
 * const ill = (await queueHealth({ broker, outbox })).filter(({ oldestMs }) => (oldestMs ?? 0) > 60_000)
 */
export async function queueHealth({
  broker,
  outbox,
}: {
  /** @default none: the ledger is the queue */
  readonly broker?: Pick<Broker, 'depths'>
  readonly outbox: Pick<Outbox, 'backlog'>
}): Promise<readonly QueueHealth[]> {
  const names = [...ROW_QUEUES, CUSTOM_FIELDS_QUEUE, FAILED_QUEUE]
  const [backlog, depths] = await Promise.all([outbox.backlog(), broker?.depths(names).catch(() => undefined)])
  const known = new Map(backlog.map((entry) => [outboxQueueName(entry.queue), entry]))
  return names.map((queue) => {
    const { open = 0, published = 0, oldestMs = null } = known.get(queue) ?? {}
    const depth = depths?.get(queue)
    return { queue, messages: depth?.messages ?? null, consumers: depth?.consumers ?? null, open, published, oldestMs }
  })
}
