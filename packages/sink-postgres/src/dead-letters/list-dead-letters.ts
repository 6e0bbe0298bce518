import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
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

/** Dead letters of a tenant, oldest first. */
export async function listDeadLetters(db: Database, options: ListDeadLetters): Promise<DeadLetterPage> {
  const { tenantId, limit = 100, after = 0 } = options
  const found = await db.query<DeadLetter>(tenant(tenantId), LIST, [...filterValues(options), after, limit + 1])
  const deadLetters = found.slice(0, limit)
  return { deadLetters, next: found.length > limit ? (deadLetters.at(-1)?.id ?? null) : null }
}
