import { BUDGET_OF_JOB_TYPE, type JobType, type Lease } from '@millrace/core'
import type { Tx } from '../database/database.ts'

const JOB_TYPES = Object.keys(BUDGET_OF_JOB_TYPE) as readonly JobType[]

/** The budget of a job type, given as an expression; NULL for what needs none. */
export function budgetOf(jobType: string): string {
  const cases = JOB_TYPES.flatMap((type) => {
    const budget = BUDGET_OF_JOB_TYPE[type]
    return budget ? [`WHEN '${type}' THEN '${budget}'`] : []
  })
  return `CASE ${jobType} ${cases.join(' ')} END`
}

const BUDGET_OF_ROW = budgetOf('q.job_type')

/** Rows of an integration's budget that are leased right now. */
const HELD = `
  SELECT count(*) FROM etl_job_queue q
   WHERE q.status = 'leased' AND q.integration_id = l.integration_id AND ${BUDGET_OF_ROW} = l.budget`

/** Whether nothing may be leased of a budget, given as `l`: the provider asked to be left alone, or all places are taken. */
export const IS_FULL = `(l.blocked_until > millrace_now() OR l.concurrency <= (${HELD}))`

/**
 * Of the rows `due`, those that have a place: in every budget that has only so many, as many as are free. Each row says
 * whether it counts, because others may have taken the places meanwhile.
 */
export const PLACED = `
  limited AS MATERIALIZED (
    SELECT l.integration_id, l.budget, l.concurrency - (${HELD}) AS free
      FROM integration_limits l WHERE l.concurrency IS NOT NULL
  ),
  placed AS (
    SELECT ranked.* FROM (
      SELECT q.id, due.turn, l.free, l.free IS NOT NULL AS counted, row_number() OVER (
          PARTITION BY l.integration_id, l.budget ORDER BY due.turn, q.priority, q.scheduled_at, q.id) AS place
        FROM due JOIN etl_job_queue q ON q.id = due.id
        LEFT JOIN limited l ON l.integration_id = q.integration_id AND l.budget = ${BUDGET_OF_ROW}
    ) AS ranked WHERE NOT counted OR place <= free
  )`

/**
 * Locks the limits of these integrations, and finds leases that are too many after all: another claim, which looked at
 * the same time, has taken the places. Whoever commits last counts everything, and gives back what is its own.
 *
 * $1 integrations
 */
const LOCK_LIMITS = `
  SELECT FROM integration_limits WHERE integration_id = ANY ($1) AND concurrency IS NOT NULL
   ORDER BY integration_id, budget FOR UPDATE`

/** $1 the claim's rows */
const EXCESS = `
  UPDATE etl_job_queue q SET status = 'pending', attempts = attempts - 1, lease_until = NULL, worker_id = NULL,
    published_at = NULL
   WHERE q.id IN (
     SELECT ours.id FROM (
       SELECT q.id, l.concurrency - (${HELD}) AS spare,
           row_number() OVER (PARTITION BY q.integration_id, l.budget ORDER BY q.priority DESC, q.scheduled_at DESC, q.id DESC) AS n
         FROM etl_job_queue q
         JOIN integration_limits l ON l.integration_id = q.integration_id AND l.budget = ${BUDGET_OF_ROW}
        WHERE q.id = ANY ($1) AND l.concurrency IS NOT NULL
     ) AS ours WHERE ours.spare + ours.n <= 0)
  RETURNING q.id`

/** Gives back what a claim took beyond an integration's places. Free of charge where nothing is limited. */
export async function withinPlaces(
  tx: Tx,
  leases: readonly Lease[],
  limited: ReadonlySet<number>,
): Promise<readonly Lease[]> {
  const counted = leases.filter(({ id }) => limited.has(id))
  if (counted.length === 0) return leases
  await tx.query(LOCK_LIMITS, [[...new Set(counted.map(({ integrationId }) => integrationId))]])
  const excess = await tx.query<{ id: number }>(EXCESS, [counted.map(({ id }) => id)])
  const returned = new Set(excess.map(({ id }) => id))
  return leases.filter(({ id }) => !returned.has(id))
}
