import { type Json, MillraceError } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { type RawRow, READ_RAW, unpackRaw } from '../ledger/raw-record.ts'

/** What is known of a raw record besides its bodies. */
export interface RawFacts {
  readonly id: number
  readonly integrationId: number
  readonly jobId: number
  readonly runId: number
  readonly step: string
  readonly unitKey: string | null
  readonly unit: Json
  readonly sourceSeq: number
  readonly receivedAt: Date
  readonly processedAt: Date | null
  readonly status: 'pending' | 'processed' | 'failed'
  readonly bytes: number
  readonly sha256: string
  readonly connectorVersion: string
  readonly transformVersion: number
  readonly encoding: 'zstd' | 'jsonb'
}

/** A raw record: facts, and the bodies as they came off the wire (or, of one stored as JSONB, as JSON of the same content). */
export interface RawRecordFound {
  readonly facts: RawFacts
  bodies(): Promise<readonly Uint8Array[]>
}

/** What is known of a record, as columns. */
export const RAW_FACTS = `
  id, integration_id AS "integrationId", job_id AS "jobId", run_id AS "runId", entity_type AS step,
    external_id AS "unitKey", extraction_metadata -> 'unit' AS unit, source_seq AS "sourceSeq", created_at AS "receivedAt",
    processed_at AS "processedAt", processing_status AS status, payload_size AS bytes, encode(sha256, 'hex') AS sha256,
    connector_version AS "connectorVersion", transform_version AS "transformVersion",
    CASE WHEN raw_body IS NULL THEN 'jsonb' ELSE 'zstd' END AS encoding`

/** $1 raw record */
const FIND = `SELECT ${RAW_FACTS} FROM raw_extraction_data WHERE id = $1`

/** Finds a raw record of a tenant; its bodies are read and decompressed only when asked for. */
export async function findRawRecord(
  db: Database,
  { tenantId, rawId }: { readonly tenantId: number; readonly rawId: number },
): Promise<RawRecordFound | undefined> {
  const [facts] = await db.query<RawFacts>(tenant(tenantId), FIND, [rawId])
  return (
    facts && {
      facts,
      async bodies() {
        const [row] = await db.query<RawRow>(tenant(tenantId), READ_RAW, [rawId])
        return row ? (await unpackRaw(row)).bodies : []
      },
    }
  )
}

/**
 * A raw record with its decoded bodies: bytes as they were received, NULs and all.
 *
 * @throws NOT_FOUND when the tenant has no such record, or it was pruned
 */
export async function showRaw(
  db: Database,
  options: { readonly tenantId: number; readonly rawId: number },
): Promise<RawFacts & { readonly bodies: readonly Uint8Array[] }> {
  const found = await findRawRecord(db, options)
  if (!found) {
    throw new MillraceError('NOT_FOUND', {
      message: `Failed to show raw record ${options.rawId}: the tenant has none of that number, or it was pruned.`,
      context: { rawId: options.rawId },
    })
  }
  return { ...found.facts, bodies: await found.bodies() }
}
