/** Which work an insight is about; times are [from, to). */
export interface InsightScope {
  readonly tenantId: number
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly integrationId?: number | undefined
}

export interface OfProject extends InsightScope {
  /** Key of a project. */
  readonly project?: string | undefined
}

export type Period = 'day' | 'week' | 'month'

/** Seconds; null when nothing was measured. */
export interface Distribution {
  readonly count: number
  readonly mean: number | null
  readonly p50: number | null
  readonly p85: number | null
  readonly p95: number | null
}

/** The distribution of a column of seconds, of the rows where it is not null. */
export function distributionOf(column: string): string {
  const quantile = (share: number): string => `percentile_cont(${share}) WITHIN GROUP (ORDER BY ${column})`
  return `jsonb_build_object('count', count(${column}), 'mean', avg(${column}), 'p50', ${quantile(0.5)},
    'p85', ${quantile(0.85)}, 'p95', ${quantile(0.95)})`
}

/** The first day of the period that a time falls into; weeks begin on Monday, everything is in UTC. $5 the kind of period */
export function periodOf(column: string): string {
  return `date_trunc($5::text, ${column} AT TIME ZONE 'UTC')::date`
}

/** Whether a time is in the scope. $1 from · $2 to, or null each */
export function isInScope(column: string): string {
  return `${column} IS NOT NULL AND ($1::timestamptz IS NULL OR ${column} >= $1) AND ($2::timestamptz IS NULL OR ${column} < $2)`
}

/** The work items of a scope, as `w`. $3 integration · $4 key of a project, or null each */
export const WORK_ITEMS = `
  work_items w LEFT JOIN projects p ON p.id = w.project_id
   WHERE w.active AND ($3::integer IS NULL OR w.integration_id = $3) AND ($4::text IS NULL OR p.key = $4)`

/** Whether a work item that was completed has stayed so. One whose status is not known counts as what its history says. */
export const IS_COMPLETED = `
  w.work_last_completed_at IS NOT NULL
    AND coalesce((SELECT s.mapped_category FROM statuses s WHERE s.id = w.status_id), 'Done') = 'Done'`

export function valuesOf({ from, to, integrationId, project }: OfProject): readonly unknown[] {
  return [from ?? null, to ?? null, integrationId ?? null, project ?? null]
}
