import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import {
  DEAD_LETTER_COLUMNS,
  DEAD_LETTER_TABLES,
  type DeadLetter,
  type DeadLetterFilter,
  filterValues,
  MATCHES_FILTER,
} from './dead-letter.ts'

export interface ListDeadLetters extends DeadLetterFilter {
  readonly tenantId: number
  /** @default 100 */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: number
}

export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[]
  /** What to ask for to go on; null when this is the last page. */
  readonly next: number | null
}

/** $1 to $8 the filter · $9 the last id of the page before · $10 limit */
const LIST = `
  SELECT ${DEAD_LETTER_COLUMNS} FROM ${DEAD_LETTER_TABLES}
   WHERE ${MATCHES_FILTER} AND q.id > $9 ORDER BY q.id LIMIT $10`

/** $1 job */
const COUNT = `SELECT count(*) AS count FROM etl_job_queue WHERE job_id = $1 AND status = 'dead' AND job_type <> 'plan'`

/** Dead letters of a tenant, oldest first. */
export async function listDeadLetters(db: Database, options: ListDeadLetters): Promise<DeadLetterPage> {
  const { tenantId, limit = 100, after = 0 } = options
  const found = await db.query<DeadLetter>(tenant(tenantId), LIST, [...filterValues(options), after, limit + 1])
  const deadLetters = found.slice(0, limit)
  return { deadLetters, next: found.length > limit ? (deadLetters.at(-1)?.id ?? null) : null }
}

/** How many dead letters a job has, of whatever run: `open_dead_letters` of its status. In the transaction of its tenant. */
export async function countDeadLetters(tx: Tx, jobId: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(COUNT, [jobId])
  return Number(row?.count ?? 0)
}
