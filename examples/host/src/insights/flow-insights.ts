import { type Database, tenant } from '@millrace/sink-postgres'
import { cumulativeFlow } from './cumulative-flow.ts'
import type { OfProject } from './insight-scope.ts'

export interface FlowInsights {
  readonly statuses: readonly { readonly id: string; readonly name: string; readonly category: string | null }[]
  readonly days: readonly { readonly day: string; readonly counts: readonly number[] }[]
}

const DAY_MS = 86_400_000
const USUAL_DAYS = 90
/** More than anybody can tell apart in a picture. */
const MOST_FLOW_DAYS = 1_100

/** Of work items without a status. */
const UNKNOWN = 'unknown'

/**
 * What there is now (rows without a day), and what each day since $1 changed. A work item begins in the status that its first
 * transition leaves, or in the one that it is in. $1 from · $2 integration · $3 key of a project, or null each
 */
const READ = `
  WITH scope AS MATERIALIZED (
    SELECT w.id, w.created, w.status_id FROM work_items w LEFT JOIN projects p ON p.id = w.project_id
     WHERE w.active AND w.created IS NOT NULL AND ($2::integer IS NULL OR w.integration_id = $2)
       AND ($3::text IS NULL OR p.key = $3)),
  moves AS MATERIALIZED (
    SELECT c.transition_change_date AS moment, c.from_status_id, c.to_status_id
      FROM changelogs c JOIN scope ON scope.id = c.work_item_id
     WHERE c.active AND c.transition_change_date >= $1),
  changes AS (
    SELECT moment, to_status_id AS status, 1 AS added FROM moves
    UNION ALL
    SELECT moment, from_status_id, -1 FROM moves
    UNION ALL
    SELECT scope.created, CASE WHEN first.found THEN first.status ELSE scope.status_id END, 1
      FROM scope LEFT JOIN LATERAL (
        SELECT true AS found, c.from_status_id AS status FROM changelogs c
         WHERE c.work_item_id = scope.id AND c.active
         ORDER BY c.transition_change_date, c.history_id, c.item_index LIMIT 1) first ON true
     WHERE scope.created >= $1)
  SELECT NULL AS day, coalesce(status_id::text, '${UNKNOWN}') AS status, count(*) AS items FROM scope GROUP BY status_id
  UNION ALL
  SELECT (moment AT TIME ZONE 'UTC')::date::text, coalesce(status::text, '${UNKNOWN}'), sum(added) FROM changes GROUP BY 1, 2`

const STATUSES = `
  SELECT id::text, mapped_name AS name, mapped_category AS category FROM statuses
   ORDER BY array_position(ARRAY['To Do', 'In Progress', 'Done'], mapped_category) NULLS LAST, lower(mapped_name), id`

const NOW = 'SELECT millrace_now() AS now'

/** The days of a scope, in UTC: those that begin before `to` and before now; without `from`, the last 90 of them. */
export function daysOf({ from, to }: Pick<OfProject, 'from' | 'to'>, now: Date): readonly string[] {
  const end = Math.min(to?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime() + 1)
  const last = Math.ceil(end / DAY_MS) - 1
  const first = from ? Math.floor(from.getTime() / DAY_MS) : last - USUAL_DAYS + 1
  const days: string[] = []
  for (let day = Math.max(first, last - MOST_FLOW_DAYS + 1); day <= last; day += 1) {
    days.push(new Date(day * DAY_MS).toISOString().slice(0, 10))
  }
  return days
}

/** How many work items were in each status at the end of each day; of today, right now. */
export async function flowInsights(db: Database, scope: OfProject): Promise<FlowInsights> {
  const { tenantId, integrationId = null, project = null } = scope
  return db.transaction(tenant(tenantId), async (tx) => {
    const [clock] = await tx.query<{ now: Date }>(NOW)
    const days = daysOf(scope, clock?.now ?? new Date())
    const [first] = days
    if (first === undefined) return { statuses: [], days: [] }
    const rows = await tx.query<{ day: string | null; status: string; items: number }>(READ, [
      new Date(first),
      integrationId,
      project,
    ])
    const now = new Map(rows.filter(({ day }) => day === null).map(({ status, items }) => [status, items]))
    const changes = rows.flatMap(({ day, status, items: added }) => (day === null ? [] : [{ day, status, added }]))
    const named = await tx.query<FlowInsights['statuses'][number]>(STATUSES)
    const known = [...named, { id: UNKNOWN, name: 'Unknown', category: null }]
    const seen = new Set(rows.map(({ status }) => status))
    const flow = cumulativeFlow(now, changes, { days, statuses: known.map(({ id }) => id) })
    const shown = known.map(({ id }, index) => seen.has(id) && flow.some(({ counts }) => (counts[index] ?? 0) > 0))
    return {
      statuses: known.filter((_, index) => shown[index]),
      days: flow.map(({ day, counts }) => ({ day, counts: counts.filter((_, index) => shown[index]) })),
    }
  })
}
