import { catchError, defer, EMPTY, filter, from, merge, mergeMap, type Observable, of } from 'rxjs'
import { isMillraceError } from '../errors/millrace-error.ts'
import { announceDeath, FAILED_QUEUE } from '../messages/failed-message.ts'
import { messageOfRow } from '../messages/message-of-row.ts'
import { outboxQueueName } from '../messages/queue-names.ts'
import type { Broker, OutgoingMessage } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerChange } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { Outbox, OutboxQueue, OutboxRow, QueueBacklog } from '../ports/outbox.ts'
import type { Random } from '../ports/random.ts'
import { clockScheduler } from '../streams/clock-scheduler.ts'
import { pollWithWakeups } from '../streams/poll-with-wakeups.ts'
import { adaptWindow } from './relay-window.ts'

export interface RelayOptions {
  readonly broker: Broker
  readonly outbox: Outbox
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Hints that rows may be publishable. */
  readonly wakeups: Observable<unknown>
  /** How long to wait for a hint before looking anyway, in milliseconds; jittered by a quarter. @default 500 */
  readonly pollMs?: number
  /** How long between two looks for rows that a broker lost, and for deaths, in milliseconds. @default 2_500 */
  readonly sweepMs?: number
  /** At most so many rows of a queue are published and unclaimed at once. @default 256 */
  readonly window?: number
  /** How long a row should wait in the broker's queue at most; the window shrinks otherwise. @default 500 */
  readonly waitTargetMs?: number
  /** A row that was published so long ago is published again, if the queue holds fewer than it should. @default 60_000 */
  readonly republishAfterMs?: number
  /** … and so long ago, if the queue is empty. @default 5_000 */
  readonly republishEmptyAfterMs?: number
}

/** Smaller would starve consumers between two looks. */
const MIN_WINDOW = 8
/** Rows published at once. */
const BATCH = 128
const PAUSE_MS = 2_000

/** What a look of the relay did. */
export interface Relayed {
  readonly kind: 'published' | 'republished' | 'announced'
  readonly rows: number
}

/**
 * Feeds a broker from the outbox: publishes what is publishable, as far as the window of each queue allows; publishes again
 * what the broker lost; announces deaths. Any number of relays may run, in any process: the outbox hands each row to one.
 *
 * It never completes, and outages are waited out: nothing that it does not do is lost.
 */
export function relay(options: RelayOptions): Observable<Relayed> {
  const { broker, outbox, log, random, clock, pollMs = 500, sweepMs = 2_500 } = options
  const { republishAfterMs = 60_000, republishEmptyAfterMs = 5_000 } = options
  const bounds = { min: MIN_WINDOW, max: options.window ?? 256, targetMs: options.waitTargetMs ?? 500 }
  const windows = new Map<string, number>()
  /** While the broker is away, rows are not taken and given back at every hint. */
  let pausedUntil = 0

  /** Publishes, and tells which of the items were not. Everything failed when the broker is away. */
  const publish = async (messages: readonly OutgoingMessage[]): Promise<ReadonlySet<number>> => {
    if (messages.length === 0) return new Set()
    try {
      return new Set((await broker.publish(messages)).failed)
    } catch (error) {
      log.warn({ error: String(error) }, 'Failed to publish: the broker does not answer. Trying again.')
      pausedUntil = clock.now() + PAUSE_MS
      return new Set(messages.keys())
    }
  }

  const publishRows = async (queue: OutboxQueue, rows: readonly OutboxRow[]): Promise<number> => {
    // A row that cannot be told stays marked, or it would be tried all the time; the sweep tries it now and then.
    const messages = rows.flatMap((row) => {
      try {
        return [toOutgoing(outboxQueueName(queue), row)]
      } catch (error) {
        if (!isMillraceError(error)) throw error
        log.error({ row: row.id, run: row.runId, code: error.code }, error.message)
        return []
      }
    })
    const failed = await publish(messages)
    const unpublished = messages.flatMap(({ id }, position) => (failed.has(position) ? [Number(id)] : []))
    if (unpublished.length > 0) await outbox.giveBack(unpublished)
    return messages.length - unpublished.length
  }

  const fill = async function* (queue: OutboxQueue): AsyncGenerator<Relayed, void, undefined> {
    const name = outboxQueueName(queue)
    for (;;) {
      const window = windows.get(name) ?? bounds.min
      const { rows, published, oldestMs } = await outbox.take({ queue, window, limit: BATCH })
      const seen = { before: published - rows.length, taken: rows.length, oldestMs }
      windows.set(name, adaptWindow(window, seen, bounds))
      if (rows.length === 0) return
      const done = await publishRows(queue, rows)
      yield { kind: 'published', rows: done }
      if (done < rows.length || rows.length < BATCH) return
    }
  }

  /** Consumers hold a few messages that nobody counts, so that a short queue alone proves nothing; time does. */
  const restore = async (backlog: readonly QueueBacklog[]): Promise<number> => {
    const waiting = backlog.filter(({ published }) => published > 0)
    if (waiting.length === 0) return 0
    const depths = await broker.depths(waiting.map(({ queue }) => outboxQueueName(queue)))
    let restored = 0
    for (const { queue, published } of waiting) {
      const held = depths.get(outboxQueueName(queue))?.messages ?? 0
      if (held >= published) continue
      const olderThanMs = held === 0 ? republishEmptyAfterMs : republishAfterMs
      const rows = await outbox.retake({ queue, olderThanMs, limit: Math.min(BATCH, published - held) })
      restored += await publishRows(queue, rows)
    }
    return restored
  }

  const announceDeaths = async (): Promise<number> => {
    const deaths = await outbox.takeDead(BATCH)
    const failed = await publish(
      deaths.map((death) => ({ queue: FAILED_QUEUE, id: `row-${death.id}`, body: encode(announceDeath(death)) })),
    )
    const silent = deaths.filter((_, position) => failed.has(position)).map(({ id }) => id)
    if (silent.length > 0) await outbox.giveBackDead(silent)
    return deaths.length - silent.length
  }

  const sweep = async function* (): AsyncGenerator<Relayed, void, undefined> {
    const rows = await restore(await outbox.backlog())
    if (rows > 0) {
      log.info({ rows }, 'Published rows again that the broker no longer held.')
      yield { kind: 'republished', rows }
    }
    const announced = await announceDeaths()
    if (announced > 0) yield { kind: 'announced', rows: announced }
  }

  /** An outage ends one look and not the relay. */
  const outlast = (doing: string, look: Observable<Relayed>): Observable<Relayed> =>
    look.pipe(
      catchError((error: unknown) => {
        log.warn({ error: String(error) }, `Failed to ${doing}. Trying again.`)
        return EMPTY
      }),
    )
  const polling = { random, scheduler: clockScheduler(clock) }
  const look = defer(() => (clock.now() < pausedUntil ? of([]) : from(outbox.open()))).pipe(
    // Queues do not wait for each other.
    mergeMap((queues) => merge(...queues.map((queue) => fill(queue)))),
  )
  const publishing = pollWithWakeups(() => outlast('feed the broker from the ledger', look), {
    ...polling,
    wakeups: options.wakeups,
    intervalMs: pollMs,
  })
  const sweeping = pollWithWakeups(() => outlast('look for rows that were lost', defer(sweep)), {
    ...polling,
    wakeups: EMPTY,
    intervalMs: sweepMs,
  })
  return merge(publishing, sweeping)
}

/** Work that became due is what a relay waits for. */
export function dueWork(changes: Observable<LedgerChange>): Observable<LedgerChange> {
  return changes.pipe(filter((change) => change.kind === 'work'))
}

function toOutgoing(queue: string, row: OutboxRow): OutgoingMessage {
  const headers = { tenant_id: row.tenantId, run_id: row.runId, step: row.step }
  return { queue, id: String(row.id), body: encode(messageOfRow(row)), headers }
}

function encode(body: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body))
}
