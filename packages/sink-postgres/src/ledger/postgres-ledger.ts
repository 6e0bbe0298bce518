import {
  type Clock,
  DEFAULT_MAX_PENDING_RAW,
  FIRST_TURN,
  isHopeless,
  type Lease,
  type Ledger,
  type Random,
  systemClock,
  systemRandom,
} from '@millrace/core'
import { ENGINE, ENGINE_BY_KEY, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import type { RunMoved } from './advance-run.ts'
import { cancelRun } from './cancel-run.ts'
import { changeFeed } from './change-feed.ts'
import { claimNamed, claimNext } from './claim-rows.ts'
import { commitOnce, commitWork } from './commit-work.ts'
import { packRaw, type RawFormat, readRecord } from './raw-record.ts'
import { readDeadRows, readRun } from './read-run.ts'
import { startRun } from './start-run.ts'
import { stopStage } from './stop-step.ts'
import { storedKey } from './stored-key.ts'
import { RAW_TO_REPLAY } from './superseded-raw.ts'
import { sweepLedger } from './sweep-ledger.ts'
import { whileUnavailable } from './while-unavailable.ts'
import { writeBeat } from './write-beat.ts'

export interface PostgresLedgerOptions {
  /**
   * How raw bodies are stored: 'zstd' as the bytes that came off the wire, or 'jsonb' for people who want SQL over them,
   * which is slower and larger. An integration whose settings have `raw_format` decides for itself.
   * @default 'zstd'
   */
  readonly rawFormat?: RawFormat
  /** For waiting while the database is away; what time it is, the database says. @default the machine's */
  readonly clock?: Clock
  /** @default the machine's */
  readonly random?: Random
  /**
   * Units of a run are not handed out while so many of its raw records wait to be transformed.
   * @default 1_000
   */
  readonly maxPendingRaw?: number
}

/** What the worker still holds goes back, and the attempt does not count. $1 worker */
const RETIRE = `
  WITH gone AS (DELETE FROM workers WHERE id = $1),
  held AS (
    SELECT id FROM etl_job_queue WHERE worker_id = $1 AND status = 'leased' ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE etl_job_queue q SET status = 'pending', attempts = greatest(attempts - 1, 0), lease_token = lease_token + 1,
    lease_until = NULL, worker_id = NULL, scheduled_at = millrace_now(), published_at = NULL
  FROM held WHERE q.id = held.id`

/** $1 job · $2 step · $3 unit keys as stored */
const READ_WATERMARKS =
  'SELECT unit_key, until FROM unit_watermarks WHERE job_id = $1 AND step = $2 AND unit_key = ANY ($3)'

/** $1 integration */
const READ_RAW_FORMAT = `SELECT settings ->> 'raw_format' AS format FROM integrations WHERE id = $1`

/**
 * The ledger in PostgreSQL, on a server or embedded. Loaders and bridges of the same database join its transactions.
 *
 * @example
 * const db = await openDatabase({ pglite: { dataDir: './data' } })
 * await migrate(db)
 * const ledger = postgresLedger(db)
 */
export function postgresLedger(db: Database, options: PostgresLedgerOptions = {}): Ledger {
  const feed = changeFeed(db)
  const patience = { clock: options.clock ?? systemClock, random: options.random ?? systemRandom }
  const { maxPendingRaw = DEFAULT_MAX_PENDING_RAW } = options
  let turn = FIRST_TURN
  /** One entry per integration and run, so that a changed setting counts from the next run on. */
  const rawFormats = new Map<number, { readonly runId: number; readonly format: Promise<RawFormat> }>()

  const announce = (runId: number, moved: RunMoved): void => {
    if (moved.work) feed.announce({ kind: 'work' })
    if (moved.status) feed.announce({ kind: 'status', runId })
  }

  const rawFormatOf = (lease: Lease): Promise<RawFormat> => {
    const known = rawFormats.get(lease.integrationId)
    if (known?.runId === lease.runId) return known.format
    const format = whileUnavailable(patience, () => readRawFormat(lease))
    rawFormats.set(lease.integrationId, { runId: lease.runId, format })
    format.catch(() => rawFormats.delete(lease.integrationId))
    return format
  }

  const readRawFormat = async (lease: Lease): Promise<RawFormat> => {
    const [found] = await db.query<{ format: string | null }>(tenant(lease.tenantId), READ_RAW_FORMAT, [
      lease.integrationId,
    ])
    const format = found?.format
    return format === 'zstd' || format === 'jsonb' ? format : (options.rawFormat ?? 'zstd')
  }

  return {
    kind: db.kind,
    exclusive: db.embedded,
    changes: feed.changes,

    async startRun(request) {
      const run = await db.transaction(tenant(request.tenantId), (tx) => startRun(tx, request))
      announce(run.runId, { status: true, work: true })
      return run
    },

    async cancelRun({ runId, tenantId }) {
      const cancelled = await db.transaction(tenant(tenantId), (tx) => cancelRun(tx, runId))
      if (cancelled) announce(runId, { status: true, work: false })
    },

    async claim(request) {
      const { row } = request
      // A message may say what it likes: with its tenant's eyes, rows of others do not exist.
      if (row) return db.transaction(tenant(row.tenantId), (tx) => claimNamed(tx, request, maxPendingRaw, row))
      const claimed = await db.transaction(ENGINE_BY_KEY, (tx) => claimNext(tx, request, maxPendingRaw, turn))
      turn = claimed.turn
      return claimed.leases
    },

    async commit(lease, commit) {
      const raw = commit.raw && (await packRaw(commit.raw, await rawFormatOf(lease)))
      const committed = await commitOnce(db, patience, lease, (tx) => commitWork(tx, lease, commit, raw))
      if (!committed) return 'fenced'
      announce(lease.runId, committed)
      for (const stage of committed.counters.filter(isHopeless)) {
        announce(lease.runId, await db.transaction(tenant(lease.tenantId), (tx) => stopStage(tx, lease.runId, stage)))
      }
      return 'committed'
    },

    async nextSequence() {
      const [drawn] = await db.query<{ value: number }>(ENGINE, `SELECT nextval('millrace_source_seq') AS value`)
      return drawn?.value ?? 0
    },

    readRaw: (lease, rawId) => db.transaction(tenant(lease.tenantId), (tx) => readRecord(tx, rawId)),

    async rawRecords({ tenantId, jobId, step }, { after, limit, since }) {
      const values = [jobId, step, after, limit, since ?? null]
      const rows = await db.query<{ id: number }>(tenant(tenantId), RAW_TO_REPLAY, values)
      return rows.map(({ id }) => id)
    },

    async watermarks(lease, unitKeys) {
      const byStored = new Map(unitKeys.map((key) => [storedKey(key), key]))
      const rows = await db.query<{ unit_key: string; until: Date }>(tenant(lease.tenantId), READ_WATERMARKS, [
        lease.jobId,
        lease.step,
        [...byStored.keys()],
      ])
      return new Map(rows.map((row) => [byStored.get(row.unit_key) ?? row.unit_key, row.until]))
    },

    heartbeat: (beat) => writeBeat(db, beat),
    async retire(workerId) {
      const returned = await db.transaction(ENGINE, (tx) => tx.execute(RETIRE, [workerId]))
      announce(0, { status: false, work: returned > 0 })
    },
    sweep: (request) => sweepLedger(db, request, announce),
    run: (runId) => db.transaction(ENGINE, (tx) => readRun(tx, runId)),
    deadRows: (runId, limit) => db.transaction(ENGINE, (tx) => readDeadRows(tx, runId, limit)),
  }
}
