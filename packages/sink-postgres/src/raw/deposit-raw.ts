import { isMillraceError, type Json, MillraceError, type RunRef, type Runtime } from '@millrace/core'
import { type Actor, recordAction } from '../audit/record-action.ts'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { type PackedRaw, packRaw } from '../ledger/raw-record.ts'
import { cleanText } from '../loader/clean-text.ts'
import { replay } from '../replay/replay.ts'

/** A raw record that no run asked for: somebody else received it. */
export interface DepositRaw extends Actor {
  readonly tenantId: number
  readonly jobId: number
  /** The step that transforms it. */
  readonly step: string
  /** What it is about, for people. */
  readonly externalId: string
  /** The unit that it is of, as the step's schema has it. */
  readonly unit: Json
  /** As they were received; together they must be complete for what the step derives from them. */
  readonly bodies: readonly Uint8Array[]
  readonly connectorVersion: string
  readonly transformVersion: number
}

/**
 * No row of the ledger asked for it, which its negative number says. $1 job · $2 step · $3 external id · $4 body · $5 size
 * · $6 sha256 · $7 connector version · $8 transform version · $9 metadata
 */
const STORE = `
  WITH drawn AS (SELECT nextval('millrace_source_seq') AS seq)
  INSERT INTO raw_extraction_data (tenant_id, integration_id, job_id, run_id, queue_id, entity_type, cursor_seq, source_seq,
    external_id, raw_body, payload_size, sha256, connector_version, transform_version, extraction_metadata)
  SELECT j.tenant_id, j.integration_id, j.id, 0, -drawn.seq, $2, 0, drawn.seq, $3, $4, $5, $6, $7, $8, $9::jsonb
    FROM etl_jobs j, drawn WHERE j.id = $1 AND j.integration_id IS NOT NULL
  RETURNING id, created_at AS "receivedAt"`

/** $1 raw record · $2 run */
const OF_RUN = 'UPDATE raw_extraction_data SET run_id = $2 WHERE id = $1'

/** $1 raw record */
const REMOVE = 'DELETE FROM raw_extraction_data WHERE id = $1'

/**
 * Stores a raw record that somebody else received, and has it transformed by a replay of its step. It is loaded under the
 * version that its rows have, or else as received now: nothing newer is overwritten.
 *
 * @throws NOT_FOUND when the tenant has no such job, or it has no account; RUN_REFUSED when a run of it is under way or could
 *   not start: then nothing is stored
 */
export async function depositRaw(
  db: Database,
  runtime: Pick<Runtime, 'startRun'>,
  deposit: DepositRaw,
): Promise<{ readonly rawId: number; readonly run: RunRef }> {
  const { tenantId, jobId, step } = deposit
  const { rawId, receivedAt } = await store(db, deposit)
  try {
    const [replayed] = await replay(db, runtime, { tenantId, jobId, steps: [step], since: receivedAt })
    if (!replayed) throw noJob(jobId)
    await db.query(tenant(tenantId), OF_RUN, [rawId, replayed.run.runId])
    return { rawId, run: replayed.run }
  } catch (error) {
    if (isMillraceError(error) && error.code === 'RUN_REFUSED') await db.query(tenant(tenantId), REMOVE, [rawId])
    throw error
  }
}

async function store(
  db: Database,
  deposit: DepositRaw,
): Promise<{ readonly rawId: number; readonly receivedAt: Date }> {
  const { tenantId, jobId, step, actor, reason } = deposit
  const packed = await pack(deposit)
  const externalId = cleanText(deposit.externalId)
  const { size, sha256, body, metadata } = packed
  const values = [
    jobId,
    step,
    externalId,
    body,
    size,
    sha256,
    deposit.connectorVersion,
    deposit.transformVersion,
    metadata,
  ]
  return db.transaction(tenant(tenantId), async (tx) => {
    const [stored] = await tx.query<{ id: number; receivedAt: Date }>(STORE, values)
    if (!stored) throw noJob(jobId)
    await recordAction(tx, {
      tenantId,
      actor,
      ...(reason !== undefined && { reason }),
      action: 'raw.deposit',
      objectType: 'raw_extraction_data',
      objectId: stored.id,
      details: { jobId, step, externalId },
    })
    return { rawId: stored.id, receivedAt: stored.receivedAt }
  })
}

function pack({ bodies, unit, externalId, connectorVersion, transformVersion }: DepositRaw): Promise<PackedRaw> {
  const raw = { sourceSeq: 0, bodies, unit, externalId, connectorVersion, transformVersion, fullSync: false }
  return packRaw(raw, 'zstd')
}

function noJob(jobId: number): MillraceError {
  return new MillraceError('NOT_FOUND', {
    message: `Failed to store a raw record of job ${jobId}: the tenant has no such job, or it has no account. List the jobs.`,
    context: { jobId },
  })
}
