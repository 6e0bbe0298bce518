import { type Database, tenant } from '@millrace/sink-postgres'
import {
  type Distribution,
  distributionOf,
  IS_COMPLETED,
  isInScope,
  type OfProject,
  type Period,
  periodOf,
  valuesOf,
  WORK_ITEMS,
} from './insight-scope.ts'

interface Times {
  readonly lead: Distribution
  readonly cycle: Distribution
}

export interface TimeInsights extends Times {
  /** By the period in which work was completed; periods without any are left out. */
  readonly periods: readonly (Times & { readonly period: string })[]
}

/** A time one of whose ends is missing is stored as 0, and was not measured. Parameters as in `insight-scope`. */
const READ = `
  WITH completed AS (
    SELECT ${periodOf('w.work_last_completed_at')} AS period,
      CASE WHEN w.work_first_committed_at IS NOT NULL THEN w.total_lead_time_seconds END AS lead,
      CASE WHEN w.work_first_started_at IS NOT NULL THEN w.total_cycle_time_seconds END AS cycle
      FROM ${WORK_ITEMS} AND ${IS_COMPLETED} AND ${isInScope('w.work_last_completed_at')})
  SELECT period::text, ${distributionOf('lead')} AS lead, ${distributionOf('cycle')} AS cycle
    FROM completed GROUP BY GROUPING SETS ((), (period)) ORDER BY completed.period NULLS FIRST`

const NONE: Distribution = { count: 0, mean: null, p50: null, p85: null, p95: null }

/** Lead time (commitment to completion) and cycle time (start to completion) of what was completed and has stayed so. */
export async function timeInsights(
  db: Database,
  scope: OfProject & { readonly period: Period },
): Promise<TimeInsights> {
  const values = [...valuesOf(scope), scope.period]
  const rows = await db.query<Times & { period: string | null }>(tenant(scope.tenantId), READ, values)
  const [all = { lead: NONE, cycle: NONE }] = rows.filter(({ period }) => period === null)
  const periods = rows.flatMap(({ period, ...times }) => (period === null ? [] : [{ period, ...times }]))
  return { lead: all.lead, cycle: all.cycle, periods }
}
