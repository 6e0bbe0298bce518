import { DEFAULT_MAX_PENDING_RAW, FIRST_TURN, type Outbox, type OutboxQueue, type Turn } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { readBacklog, readOpenQueues } from './outbox/backlog.ts'
import { giveBackDead, takeDead } from './outbox/dead-letters.ts'
import { nameRow } from './outbox/named-row.ts'
import { giveBackRows, retakeRows, takeRows } from './outbox/take-rows.ts'

export interface PostgresOutboxOptions {
  /** As the ledger's. @default 1_000 */
  readonly maxPendingRaw?: number
}

/**
 * The outbox of the ledger in the same database.
 *
 * @example
 * const transport = brokerTransport({ broker, ledger: postgresLedger(db), outbox: postgresOutbox(db) })
 */
export function postgresOutbox(db: Database, options: PostgresOutboxOptions = {}): Outbox {
  const { maxPendingRaw = DEFAULT_MAX_PENDING_RAW } = options
  const turns = new Map<string, Turn>()

  const turnKey = ({ jobType, tier }: OutboxQueue): string => `${jobType}/${tier}`

  return {
    async take(request) {
      const key = turnKey(request.queue)
      const turn = turns.get(key) ?? FIRST_TURN
      const taken = await db.transaction(ENGINE, (tx) => takeRows(tx, request, maxPendingRaw, turn))
      turns.set(key, taken.turn)
      return taken.taken
    },
    retake: (request) => db.transaction(ENGINE, (tx) => retakeRows(tx, request)),
    giveBack: (ids) => db.transaction(ENGINE, (tx) => giveBackRows(tx, ids)),
    unclaimable: (row, jobType) => db.transaction(tenant(row.tenantId), (tx) => nameRow(tx, row, jobType)),
    open: () => db.transaction(ENGINE, readOpenQueues),
    backlog: () => db.transaction(ENGINE, readBacklog),
    takeDead: (limit) => db.transaction(ENGINE, (tx) => takeDead(tx, limit)),
    giveBackDead: (ids) => db.transaction(ENGINE, (tx) => giveBackDead(tx, ids)),
  }
}
