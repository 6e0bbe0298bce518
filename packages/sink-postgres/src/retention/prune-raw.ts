import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { IS_SUPERSEDED } from '../ledger/superseded-raw.ts'

/**
 * A raw record that a row is still about, now or when it is taken up again, is needed, with all of its pages. The rows tell, and not what the record
 * says of itself: one whose row was buried or cancelled says for ever that it is pending.
 */
const IS_SETTLED = `
  NOT EXISTS (SELECT FROM etl_job_queue q
    WHERE q.job_type = 'transform' AND q.status IN ('dead', 'cancelled') AND (q.payload ->> 'raw_id')::bigint = r.id)
  AND NOT EXISTS (SELECT FROM etl_job_queue q JOIN etl_runs run ON run.id = q.run_id AND run.state = 'running'
    WHERE q.job_id = r.job_id AND q.status IN ('pending', 'leased') AND q.job_type = 'transform'
      AND (q.payload ->> 'raw_id')::bigint = r.id)
  AND NOT (r.extraction_metadata ? 'part' AND EXISTS (SELECT FROM raw_extraction_data page
    JOIN etl_job_queue q ON q.job_type = 'transform' AND (q.payload ->> 'raw_id')::bigint = page.id
    WHERE page.queue_id = r.queue_id AND q.status <> 'done'))`

const OLDER_THAN = `r.created_at < millrace_now() - $2::float8 * interval '1 day'`

/** $1 integration · $2 days · $3 limit */
const PRUNE_SUPERSEDED = `
  DELETE FROM raw_extraction_data WHERE id = ANY (ARRAY (
    SELECT r.id FROM raw_extraction_data r
     WHERE r.integration_id = $1 AND ${OLDER_THAN} AND ${IS_SETTLED} AND ${IS_SUPERSEDED}
     ORDER BY r.source_seq LIMIT $3 FOR UPDATE SKIP LOCKED))`

/** What goes although nothing replaced it goes on record, by unit, so that a replay can say what it misses. As above. */
const PRUNE_OLD = `
  WITH gone AS (
    DELETE FROM raw_extraction_data WHERE id = ANY (ARRAY (
      SELECT r.id FROM raw_extraction_data r
       WHERE r.integration_id = $1 AND ${OLDER_THAN} AND ${IS_SETTLED} AND NOT ${IS_SUPERSEDED}
       ORDER BY r.source_seq LIMIT $3 FOR UPDATE SKIP LOCKED))
    RETURNING tenant_id, integration_id, job_id, entity_type, external_id, source_seq
  ),
  gaps AS (
    INSERT INTO raw_gaps AS g (tenant_id, integration_id, job_id, step, unit_hash, unit_key, records, newest_seq)
    SELECT tenant_id, integration_id, job_id, entity_type, md5(coalesce(external_id, '')), left(min(external_id), 300),
        count(*), max(source_seq)
      FROM gone GROUP BY tenant_id, integration_id, job_id, entity_type, md5(coalesce(external_id, ''))
    ON CONFLICT (job_id, step, unit_hash) DO UPDATE SET records = g.records + excluded.records,
      newest_seq = greatest(g.newest_seq, excluded.newest_seq)
  )
  SELECT count(*) AS count FROM gone`

/** A unit that was read anew as a whole has no gap any more. $1 integration */
const CLOSE_GAPS = `
  DELETE FROM raw_gaps g WHERE g.integration_id = $1 AND EXISTS (SELECT FROM raw_extraction_data newer
    WHERE newer.job_id = g.job_id AND newer.entity_type = g.step AND md5(newer.external_id) = g.unit_hash
      AND newer.complete_from > g.newest_seq)`

export interface PruneRaw {
  readonly tenantId: number
  readonly integrationId: number
  /** Days that a superseded record is kept. */
  readonly supersededDays: number
  /** Days that any record is kept; undefined: for ever. */
  readonly maxDays: number | undefined
  readonly batch: number
}

/** Prunes raw records of one integration. @returns how many went as superseded, and how many by age alone */
export async function pruneRaw(
  db: Database,
  options: PruneRaw,
): Promise<{ readonly superseded: number; readonly aged: number }> {
  const { tenantId, integrationId, batch, maxDays } = options
  const inBatches = async (work: (tx: Tx) => Promise<number>): Promise<number> => {
    let total = 0
    for (;;) {
      const count = await db.transaction(tenant(tenantId), work)
      total += count
      if (count < batch) return total
    }
  }
  const superseded = await inBatches((tx) =>
    tx.execute(PRUNE_SUPERSEDED, [integrationId, options.supersededDays, batch]),
  )
  const aged =
    maxDays === undefined
      ? 0
      : await inBatches(async (tx) => {
          const [row] = await tx.query<{ count: number }>(PRUNE_OLD, [integrationId, maxDays, batch])
          return Number(row?.count ?? 0)
        })
  await db.transaction(tenant(tenantId), (tx) => tx.execute(CLOSE_GAPS, [integrationId]))
  return { superseded, aged }
}
