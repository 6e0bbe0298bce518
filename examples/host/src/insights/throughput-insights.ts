import { type Database, tenant } from '@millrace/sink-postgres'
import {
  IS_COMPLETED,
  isInScope,
  type OfProject,
  type Period,
  periodOf,
  valuesOf,
  WORK_ITEMS,
} from './insight-scope.ts'

export interface Throughput {
  readonly period: string
  readonly created: number
  readonly completed: number
}

/** Parameters as in `insight-scope`. */
const READ = `
  WITH events AS (
    SELECT ${periodOf('w.created')} AS period, 1 AS created, 0 AS completed
      FROM ${WORK_ITEMS} AND ${isInScope('w.created')}
    UNION ALL
    SELECT ${periodOf('w.work_last_completed_at')}, 0, 1
      FROM ${WORK_ITEMS} AND ${IS_COMPLETED} AND ${isInScope('w.work_last_completed_at')})
  SELECT period::text, sum(created) AS created, sum(completed) AS completed
    FROM events GROUP BY events.period ORDER BY events.period`

/** How many work items were created and completed, by period; periods without any are left out. */
export function throughputInsights(
  db: Database,
  scope: OfProject & { readonly period: Period },
): Promise<readonly Throughput[]> {
  return db.query<Throughput>(tenant(scope.tenantId), READ, [...valuesOf(scope), scope.period])
}
