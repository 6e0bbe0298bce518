import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createZstdCompress, zstdDecompress } from 'node:zlib'
import type { Json, Lease, NewRaw, StoredRaw } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { cleanText } from '../loader/clean-text.ts'
import { toJsonb } from './to-jsonb.ts'

/** How bodies are stored: the bytes off the wire, or parsed, for people who want SQL over them. */
export type RawFormat = 'zstd' | 'jsonb'

/** A raw record made ready outside of the transaction. */
export interface PackedRaw {
  readonly raw: NewRaw
  readonly body: Buffer | null
  readonly data: string | null
  readonly size: number
  readonly sha256: Buffer
  readonly metadata: string
}

const decompress = promisify(zstdDecompress)

/** Bytes of output that zstd is given at a time: most pages are smaller. */
const CHUNK_BYTES = 256 * 1024

/**
 * Compresses and digests the bodies. Several bodies are stored one after the other; the metadata has their lengths. They are
 * not copied together first: memory outside of the heap makes the collector run long before the heap is full.
 */
export async function packRaw(raw: NewRaw, format: RawFormat): Promise<PackedRaw> {
  const lengths = raw.bodies.map((body) => body.byteLength)
  const data = format === 'jsonb' ? parseBodies(raw.bodies) : undefined
  const digest = createHash('sha256')
  for (const body of raw.bodies) digest.update(body)
  return {
    raw,
    body: data === undefined ? await compress(raw.bodies) : null,
    data: data === undefined ? null : toJsonb(data),
    size: lengths.reduce((sum, length) => sum + length, 0),
    sha256: digest.digest(),
    metadata: toJsonb({
      encoding: data === undefined ? 'zstd' : 'jsonb',
      lengths,
      unit: raw.unit,
      full_sync: raw.fullSync,
      part: raw.part,
    }),
  }
}

async function compress(bodies: readonly Uint8Array[]): Promise<Buffer> {
  const parts = Readable.from(bodies).pipe(createZstdCompress({ chunkSize: CHUNK_BYTES }))
  return Buffer.concat(await parts.toArray())
}

/** A body that is not JSON can only be kept as it came. */
function parseBodies(bodies: readonly Uint8Array[]): readonly unknown[] | undefined {
  try {
    return bodies.map((body): unknown => JSON.parse(Buffer.from(body).toString('utf8')))
  } catch {
    return undefined
  }
}

/**
 * $1 the extract row · $2 its cursor_seq · $3 source_seq · $4 external id · $5 body · $6 parsed bodies · $7 size · $8 sha256
 * · $9 connector version · $10 transform version · $11 metadata · $12 whether the read is of the whole unit so far · $13
 * whether this is its last page, which then tells since when the unit is known as a whole · $14 whether it is transformed
 * already
 */
const STORE_RAW = `
  INSERT INTO raw_extraction_data (tenant_id, integration_id, job_id, run_id, queue_id, entity_type, cursor_seq,
    source_seq, external_id, raw_body, raw_data, payload_size, sha256, connector_version, transform_version,
    extraction_metadata, whole, complete_from, processing_status, processed_at)
  SELECT q.tenant_id, q.integration_id, q.job_id, q.run_id, q.id, q.step, $2, $3::bigint, $4, $5, $6::jsonb, $7, $8, $9,
    $10, $11::jsonb, $12::boolean, CASE WHEN $12::boolean AND $13::boolean THEN (
      SELECT CASE WHEN coalesce(bool_and(page.whole), true) THEN least(min(page.source_seq), $3::bigint) END
        FROM raw_extraction_data page WHERE page.queue_id = q.id) END,
    CASE WHEN $14::boolean THEN 'processed' ELSE 'pending' END, CASE WHEN $14 THEN millrace_now() END
    FROM etl_job_queue q WHERE q.id = $1
  RETURNING id`

/** A raw record and the transform row that it gives birth to; parameters as above. */
const STORE_RAW_AND_ROW = `
  WITH stored AS (${STORE_RAW})
  INSERT INTO etl_job_queue (tenant_id, integration_id, job_id, run_id, parent_id, priority, max_attempts, step, job_type,
    payload)
  SELECT q.tenant_id, q.integration_id, q.job_id, q.run_id, q.id, q.priority, q.max_attempts, q.step, 'transform',
    jsonb_build_object('raw_id', stored.id)
    FROM stored, etl_job_queue q WHERE q.id = $1`

/** Stores a record and, unless it is transformed by the same commit, the row that will do it. */
export async function storeRaw(tx: Tx, lease: Lease, packed: PackedRaw, transformed: boolean): Promise<void> {
  await tx.execute(transformed ? STORE_RAW : STORE_RAW_AND_ROW, [
    lease.id,
    lease.cursorSeq,
    packed.raw.sourceSeq,
    cleanText(packed.raw.externalId),
    packed.body,
    packed.data,
    packed.size,
    packed.sha256,
    packed.raw.connectorVersion,
    packed.raw.transformVersion,
    packed.metadata,
    packed.raw.whole ?? false,
    packed.raw.last ?? false,
    transformed,
  ])
}

/** $1 raw id */
export const READ_RAW = `
  SELECT id, queue_id, cursor_seq, source_seq, raw_body, raw_data, extraction_metadata
    FROM raw_extraction_data WHERE id = $1`

/** The pages of a row as far as one of them. $1 the extract row · $2 cursor_seq of that page */
const READ_PAGES = `
  SELECT id, queue_id, cursor_seq, source_seq, raw_body, raw_data, extraction_metadata
    FROM raw_extraction_data WHERE queue_id = $1 AND cursor_seq <= $2 ORDER BY cursor_seq`

interface RawMetadata {
  readonly lengths: readonly number[]
  readonly unit?: Json
  readonly full_sync?: boolean
  readonly part?: NewRaw['part']
}

export interface RawRow {
  readonly id: number
  readonly queue_id: number
  readonly cursor_seq: number
  readonly source_seq: number
  readonly raw_body: Buffer | null
  readonly raw_data: readonly unknown[] | null
  readonly extraction_metadata: RawMetadata
}

/** A raw record, with the pages that it ends; undefined when it, or one of them, was pruned. */
export async function readRecord(tx: Pick<Tx, 'query'>, rawId: number): Promise<StoredRaw | undefined> {
  const [row] = await tx.query<RawRow>(READ_RAW, [rawId])
  if (row?.extraction_metadata.part === undefined) return row && unpackRaw(row)
  const all = await tx.query<RawRow>(READ_PAGES, [row.queue_id, row.cursor_seq])
  // Pages go in the order of their age, so that what is pruned in part lacks its first one.
  const first = all.findLastIndex(({ extraction_metadata }) => extraction_metadata.part === 'first')
  if (first < 0) return undefined
  const pages: StoredRaw[] = []
  for (const page of all.slice(first)) pages.push(await unpackRaw(page))
  const [begun, end] = [pages[0], pages.at(-1)]
  return begun && end && { ...end, sourceSeq: begun.sourceSeq, bodies: pages.flatMap(({ bodies }) => bodies) }
}

/** The bodies as they were received, or, of a parsed record, as JSON of the same content. */
export async function unpackRaw(row: RawRow): Promise<StoredRaw> {
  const bodies = row.raw_body
    ? await unpackBodies(row.raw_body, row.extraction_metadata.lengths)
    : (row.raw_data ?? []).map((body) => Buffer.from(JSON.stringify(body), 'utf8'))
  const { unit = null, full_sync: fullSync = false } = row.extraction_metadata
  return { id: row.id, sourceSeq: row.source_seq, bodies, unit, fullSync }
}

async function unpackBodies(body: Buffer, lengths: readonly number[]): Promise<readonly Uint8Array[]> {
  const size = lengths.reduce((sum, length) => sum + length, 0)
  // One byte more than needed: a chunk that is full has zstd ask for another.
  const bytes = await decompress(body, { chunkSize: Math.max(CHUNK_BYTES, size + 1) })
  let start = 0
  return lengths.map((length) => {
    const part = bytes.subarray(start, start + length)
    start += length
    return part
  })
}
