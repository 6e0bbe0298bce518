import type { Chore } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { deleteSettled } from '../ledger/delete-settled.ts'
import { pruneConfirmations } from '../loader/confirmations.ts'
import { pruneDeadLetters, pruneRuns } from './prune-ledger.ts'
import { pruneRaw } from './prune-raw.ts'
import { rawRetention, readRetention } from './settings.ts'
import { takeOn } from './take-on.ts'

/** How many rows went, of each kind. */
export interface Pruned {
  /** Settled ledger rows of closed runs. */
  readonly ledgerRows: number
  /** Raw records whose unit was read anew as a whole. */
  readonly rawSuperseded: number
  /** Raw records that went by age alone; a replay says which. */
  readonly rawAged: number
  readonly confirmations: number
  readonly deadLetters: number
  readonly runs: number
}

export interface PruneOptions {
  /** @default every tenant */
  readonly tenantId?: number
  /**
   * Rows deleted in one transaction.
   * @default 1000
   */
  readonly batch?: number
  /** Ends it after the batch that is under way; what is left is done the next time. */
  readonly signal?: AbortSignal
}

/** Settings may be those of a connector that has retention names of its own; only ours are read. */
const INTEGRATIONS = `SELECT id, settings FROM integrations ORDER BY id`

/**
 * The lowest sequence of what may still be loaded: the oldest stored record's, if it was stored before the oldest run that is
 * under way began, for then every request of that run has a greater one. Null: nobody can tell right now. Without records
 * and runs, whatever comes has a greater one than was ever drawn.
 *
 * $1 integration
 */
const OLDEST_SEQUENCE = `
  SELECT CASE WHEN running.since IS NULL OR oldest.created_at < running.since
      THEN coalesce(oldest.source_seq, nextval('millrace_source_seq')) END AS seq
    FROM (SELECT min(started_at) AS since FROM etl_runs WHERE integration_id = $1 AND state = 'running') AS running
    LEFT JOIN LATERAL (SELECT source_seq, created_at FROM raw_extraction_data WHERE integration_id = $1
      ORDER BY source_seq LIMIT 1) AS oldest ON true`

/**
 * Deletes what is not needed any more, by the settings of each tenant (see `RETENTION_SETTINGS`): settled ledger rows, raw
 * records, confirmations, dead letters, runs; in that order, in batches, each a transaction. Safe to interrupt, to repeat and
 * to run beside everything else.
 *
 * @throws INVALID_CONFIG when a setting does not validate; what it is about stays
 * @throws the signal's reason when it is aborted
 */
export async function prune(database: Database, options: PruneOptions = {}): Promise<Pruned> {
  const { batch = 1000, signal } = options
  const db = signal ? untilAborted(database, signal) : database
  const sum = { ledgerRows: 0, rawSuperseded: 0, rawAged: 0, confirmations: 0, deadLetters: 0, runs: 0 }
  if (options.tenantId === undefined) sum.ledgerRows = await deleteSettled(db, { batch })
  else sum.ledgerRows = await deleteSettled(db, { batch, tenantId: options.tenantId })
  const tenants =
    options.tenantId === undefined
      ? await db.query<{ id: number }>(ENGINE, 'SELECT id FROM tenants ORDER BY id')
      : [{ id: options.tenantId }]
  for (const { id: tenantId } of tenants) {
    const retention = await db.transaction(tenant(tenantId), readRetention)
    const integrations = await db.query<{ id: number; settings: { readonly [key: string]: unknown } }>(
      tenant(tenantId),
      INTEGRATIONS,
    )
    for (const integration of integrations) {
      const integrationId = integration.id
      const own = rawRetention(retention, integration)
      const raw = await pruneRaw(db, {
        tenantId,
        integrationId,
        batch,
        supersededDays: own.raw_superseded_days,
        maxDays: own.raw_max_days,
      })
      sum.rawSuperseded += raw.superseded
      sum.rawAged += raw.aged
      const [oldest] = await db.query<{ seq: number | null }>(tenant(tenantId), OLDEST_SEQUENCE, [integrationId])
      const oldestSeq = oldest?.seq
      if (oldestSeq !== null && oldestSeq !== undefined) {
        sum.confirmations += await pruneConfirmations(db, { tenantId, integrationId, oldestSeq, batch })
      }
    }
    sum.deadLetters += await pruneDeadLetters(db, { tenantId, days: retention.dead_letter_retention_days, batch })
    sum.runs += await pruneRuns(db, { tenantId, days: retention.run_retention_days, batch })
  }
  return sum
}

/** A database that begins nothing more once the signal is aborted. */
function untilAborted(db: Database, signal: AbortSignal): Database {
  return {
    ...db,
    async transaction(access, work) {
      signal.throwIfAborted()
      return db.transaction(access, work)
    },
    async query(access, sql, values) {
      signal.throwIfAborted()
      return db.query(access, sql, values)
    },
  }
}

const LOOK_MS = 300_000

/**
 * Pruning as a chore of workers: of all processes that share the database, one does it, once in `everyMs`.
 *
 * @param options.everyMs default: 3_600_000
 * @example createRuntime({ …, chores: [pruneChore(db)] })
 */
export function pruneChore(db: Database, options: { readonly everyMs?: number; readonly batch?: number } = {}): Chore {
  const { everyMs = 3_600_000, batch } = options
  return {
    name: 'prune',
    everyMs: Math.min(LOOK_MS, everyMs),
    async run(signal) {
      if (await takeOn(db, 'prune', everyMs)) await prune(db, { signal, ...(batch !== undefined && { batch }) })
    },
  }
}
