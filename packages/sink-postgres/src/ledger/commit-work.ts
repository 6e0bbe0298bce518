import {
  type Commit,
  isMillraceError,
  type Lease,
  type NewRow,
  STAGE_OF_JOB_TYPE,
  type StageCounters,
} from '@millrace/core'
import { tenant, tenantByKey } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { type RunMoved, settle } from './advance-run.ts'
import { giveBirth } from './births.ts'
import { takeFence } from './fence.ts'
import { type PackedRaw, storeRaw } from './raw-record.ts'
import type { StageDelta } from './stage-counters.ts'
import { storedKey } from './stored-key.ts'
import { type Patience, whileUnavailable } from './while-unavailable.ts'

/** What a commit came to; `undefined` when the lease is lost. */
export type Committed = (RunMoved & { readonly counters: readonly StageCounters[] }) | undefined

/** A watermark never moves backward. $1 tenant · $2 job · $3 step · $4 unit key · $5 until */
const ADVANCE_WATERMARK = `
  INSERT INTO unit_watermarks AS w (tenant_id, job_id, step, unit_key, until) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (job_id, step, unit_key) DO UPDATE SET until = excluded.until, updated_at = excluded.updated_at
    WHERE w.until < excluded.until`

/**
 * What died of a record is settled by transforming all of it again; what is bad still is born dead anew. $1 raw record
 */
const SETTLE_REPLAYED = `
  UPDATE etl_job_queue SET status = 'done', completed_at = millrace_now()
   WHERE status = 'dead' AND job_type = 'transform' AND (payload ->> 'raw_id')::bigint = $1`

/** $1 row */
const READ_COMMITTED = 'SELECT committed_token, committed_seq FROM etl_job_queue WHERE id = $1'

/**
 * One transaction: fence, effect, raw record, births, watermark, counters, and what follows from them. Entity rows are
 * written before rows are born and counters move, so that everybody takes locks in the same order.
 */
export async function commitWork(tx: Tx, lease: Lease, commit: Commit, raw: PackedRaw | undefined): Promise<Committed> {
  if (!(await takeFence(tx, lease, commit))) return undefined
  if (lease.mode === 'replay' && isWholeRecord(lease) && commit.row.to === 'done') {
    await tx.execute(SETTLE_REPLAYED, [lease.payload.raw_id])
  }
  const effect = await commit.effect?.(tx)
  const { transformed = false } = commit
  const births: readonly NewRow[] = [...(commit.births ?? []), ...(effect?.births ?? [])]
  const { watermark } = commit
  const [, born] = await Promise.all([
    raw && storeRaw(tx, lease, raw, transformed),
    giveBirth(tx, lease.id, births),
    watermark &&
      tx.execute(ADVANCE_WATERMARK, [
        lease.tenantId,
        lease.jobId,
        lease.step,
        storedKey(watermark.unitKey),
        watermark.until,
      ]),
  ])
  const own: StageDelta = {
    step: lease.step,
    stage: STAGE_OF_JOB_TYPE[lease.jobType],
    done: commit.row.to === 'done' ? 1 : 0,
    dead: commit.row.to === 'dead' ? 1 : 0,
  }
  const settled = await settle(tx, lease.runId, [
    own,
    ...(commit.totals ? [{ step: own.step, stage: own.stage, totals: commit.totals }] : []),
    ...(commit.warnings ? [{ step: own.step, stage: own.stage, warnings: commit.warnings }] : []),
    // A page that is loaded by the commit that stores it counts where it would count if a row of its own had loaded it.
    ...(effect?.totals
      ? [{ step: own.step, stage: transformed ? 'transform' : own.stage, totals: effect.totals } as const]
      : []),
    ...(raw ? [{ step: lease.step, stage: 'transform', planned: 1, done: transformed ? 1 : 0 } as const] : []),
    ...born,
  ])
  return commit.row.to === 'pending' ? { ...settled, work: true } : settled
}

function isWholeRecord({ jobType, payload }: Lease): boolean {
  return jobType === 'transform' && payload.items === undefined
}

/**
 * Commits once, whatever the network does.
 *
 * When the connection is lost while COMMIT is under way, nobody knows what became of it. The next try begins with the
 * fence, which waits for the lost transaction's lock and then reads the row as it is. If that transaction was rolled back,
 * the fence holds and the work is done again. If it was committed, the fence fails (the row is settled, handed back or at
 * a later cursor), and committed_* still tells that it was ours: every pair of token and cursor commits at most once.
 */
export async function commitOnce(
  db: Database,
  patience: Patience,
  lease: Lease,
  work: (tx: Tx) => Promise<Committed>,
): Promise<Committed> {
  let doubtful = false
  return whileUnavailable(patience, async () => {
    try {
      const committed = await db.transaction(tenantByKey(lease.tenantId), work)
      if (committed || !doubtful) return committed
      return (await wasCommitted(db, lease)) ? { status: true, work: true, counters: [] } : undefined
    } catch (error) {
      doubtful ||= isMillraceError(error) && error.context.outcome === 'unknown'
      throw error
    }
  })
}

async function wasCommitted(db: Database, lease: Lease): Promise<boolean> {
  const [row] = await db.query<{ committed_token: number | null; committed_seq: number | null }>(
    tenant(lease.tenantId),
    READ_COMMITTED,
    [lease.id],
  )
  return row?.committed_token === lease.token && row.committed_seq === lease.cursorSeq
}
