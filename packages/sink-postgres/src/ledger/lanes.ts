import { budgetOf, IS_FULL } from './claim-places.ts'

/**
 * Whether rows of a kind of a run may be worked on now: the run is open, its integration is not told to wait and
 * has a place left, and extraction is not ahead of transforming by too much.
 *
 * @param jobType an expression for the kind
 * @param maxPendingRaw a parameter: raw records that may wait to be transformed
 */
export function mayWork(jobType: string, maxPendingRaw: string): string {
  return `
    r.state = 'running'
    AND NOT EXISTS (
      SELECT FROM integration_limits l
       WHERE l.integration_id = r.integration_id AND l.budget = ${budgetOf(jobType)} AND ${IS_FULL})
    AND (${jobType} <> 'extract' OR ${maxPendingRaw}::integer > coalesce((
      SELECT sum(s.planned - s.done - s.dead) FROM etl_run_steps s WHERE s.run_id = r.id AND s.stage = 'transform'), 0))`
}

export interface LaneParameters {
  /** Kinds of rows, as an array. */
  readonly jobTypes: string
  readonly limit: string
  readonly maxPendingRaw: string
  /** The tenant that was served last, and how often all were. */
  readonly lastTenant: string
  readonly round: string
  /** Narrows the runs, as `r`. @default 'true' */
  readonly runs?: string
  /** Narrows the rows, as `q`. @default 'true' */
  readonly rows?: string
}

/**
 * The next rows, locked: one lane per running run and kind, the lanes in turn as core's `inTurn` has it, and of each lane
 * its share in order of priority, `scheduled_at` and id. Gives `id` and the lane's number `turn`.
 *
 * Only the first rows of a lane are looked at, by etl_job_queue_lane, so that a million rows behind them cost nothing. Rows
 * that others take right now are skipped, not waited for; the limit stops the scan, so that no more rows are locked.
 */
export function nextInTurn(given: LaneParameters): string {
  const { jobTypes, limit, maxPendingRaw, lastTenant, round, runs = 'true', rows = 'true' } = given
  const due = `q.run_id = lane.run_id AND q.job_type = lane.job_type AND q.status = 'pending'
    AND q.scheduled_at <= millrace_now() AND ${rows}`
  const byAge = 'q.priority, q.scheduled_at, q.id'
  return `
    WITH lane AS MATERIALIZED (
      SELECT r.id AS run_id, r.tenant_id, r.integration_id, kind.job_type
        FROM etl_runs r CROSS JOIN unnest(${jobTypes}::text[]) AS kind (job_type)
       WHERE ${runs} AND ${mayWork('kind.job_type', maxPendingRaw)}
    ),
    headed AS (
      SELECT lane.*, head.priority, head.scheduled_at, head.id,
          dense_rank() OVER (PARTITION BY tenant_id ORDER BY integration_id) - 1 AS integration_no
        FROM lane, LATERAL (
          SELECT q.priority, q.scheduled_at, q.id FROM etl_job_queue q WHERE ${due} ORDER BY ${byAge} LIMIT 1) AS head
    ),
    sized AS (
      SELECT headed.*, tenant_id <= ${lastTenant}::integer AS served,
          max(integration_no) OVER (PARTITION BY tenant_id) + 1 AS integrations
        FROM headed
    ),
    ranked AS (
      SELECT sized.*, row_number() OVER (PARTITION BY tenant_id
          ORDER BY (integration_no + ${round}::bigint + served::integer) % integrations, priority, scheduled_at, id) AS rank
        FROM sized
    ),
    ordered AS MATERIALIZED (
      SELECT run_id, job_type, row_number() OVER (ORDER BY rank, served, tenant_id) AS turn,
          (${limit}::bigint + count(*) FILTER (WHERE rank = 1) OVER () - 1)
            / greatest(count(*) FILTER (WHERE rank = 1) OVER (), 1) AS share
        FROM ranked ORDER BY turn
    )
    SELECT picked.id, lane.turn FROM ordered AS lane, LATERAL (
      SELECT q.id FROM etl_job_queue q WHERE ${due} ORDER BY ${byAge} LIMIT lane.share FOR NO KEY UPDATE OF q SKIP LOCKED
    ) AS picked
    LIMIT ${limit}`
}
