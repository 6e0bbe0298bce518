import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { RAW_FACTS, type RawFacts } from './show-raw.ts'

export interface ListRaw {
  readonly tenantId: number
  /** @default records of all steps */
  readonly step?: string
  readonly integrationId?: number
  readonly runId?: number
  /** At most 500. @default 50 */
  readonly limit?: number
  /** Only records before this one: `next` of the page before. */
  readonly before?: number
}

export interface RawListing {
  readonly records: readonly RawFacts[]
  /** What to ask for to go on; null when this is the last page. */
  readonly next: number | null
}

const MOST = 500
const USUAL = 50

/** $1 step · $2 integration · $3 run · $4 the record before which to begin, or null each · $5 limit */
const LIST = `
  SELECT ${RAW_FACTS} FROM raw_extraction_data
   WHERE ($1::text IS NULL OR entity_type = $1) AND ($2::integer IS NULL OR integration_id = $2)
     AND ($3::bigint IS NULL OR run_id = $3) AND ($4::bigint IS NULL OR id < $4)
   ORDER BY id DESC LIMIT $5`

/** Raw records of a tenant without their bodies, the newest first. */
export async function listRaw(db: Database, options: ListRaw): Promise<RawListing> {
  const { tenantId, step = null, integrationId = null, runId = null, before = null } = options
  const limit = Math.min(options.limit ?? USUAL, MOST)
  const found = await db.query<RawFacts>(tenant(tenantId), LIST, [step, integrationId, runId, before, limit + 1])
  const records = found.slice(0, limit)
  return { records, next: found.length > limit ? (records.at(-1)?.id ?? null) : null }
}
