import { type Database, tenant } from '@millrace/sink-postgres'
import {
  type Distribution,
  distributionOf,
  type InsightScope,
  isInScope,
  type Period,
  periodOf,
} from './insight-scope.ts'

interface Waits {
  readonly first_review: Distribution
  readonly merge: Distribution
}

export interface ReviewInsights extends Waits {
  /** By the period in which pull requests were merged; periods without any are left out. */
  readonly periods: readonly (Waits & { readonly period: string; readonly merged: number })[]
}

/** $1 from · $2 to · $3 integration · $4 owner and name of a repository, or null each · $5 the kind of period */
const READ = `
  WITH merged AS (
    SELECT ${periodOf('p.merged')} AS period, p.time_to_first_review_seconds AS first_review,
      p.time_to_merge_seconds AS merge
      FROM prs p LEFT JOIN repositories r ON r.id = p.repository_id
     WHERE p.active AND ($3::integer IS NULL OR p.integration_id = $3) AND ($4::text IS NULL OR r.name_with_owner = $4)
       AND ${isInScope('p.merged')})
  SELECT period::text, count(*) AS merged, ${distributionOf('first_review')} AS first_review,
    ${distributionOf('merge')} AS merge
    FROM merged GROUP BY GROUPING SETS ((), (period)) ORDER BY merged.period NULLS FIRST`

const NONE: Distribution = { count: 0, mean: null, p50: null, p85: null, p95: null }

/** How long pull requests that were merged had waited for their first review, and for their merge. */
export async function reviewInsights(
  db: Database,
  scope: InsightScope & { readonly repository?: string | undefined; readonly period: Period },
): Promise<ReviewInsights> {
  const { tenantId, from, to, integrationId, repository, period: kind } = scope
  const values = [from ?? null, to ?? null, integrationId ?? null, repository ?? null, kind]
  const rows = await db.query<Waits & { period: string | null; merged: number }>(tenant(tenantId), READ, values)
  const [all = { first_review: NONE, merge: NONE }] = rows.filter(({ period }) => period === null)
  const periods = rows.flatMap(({ period, ...waits }) => (period === null ? [] : [{ period, ...waits }]))
  return { first_review: all.first_review, merge: all.merge, periods }
}
