import { type Database, tenant } from '@millrace/sink-postgres'
import type { Status } from '../contract/statuses.ts'
import type { Wit } from '../contract/wits.ts'

/** The mapping is found by name, as transformers find it, so that one that is not applied yet is shown. $1 integration, or null */
const LIST_WITS = `
  SELECT w.id, w.integration_id, w.external_id, w.name, w.description, w.hierarchy_level, w.subtask, w.active,
    coalesce(used.work_items, 0) AS work_items, m.id AS mapping_id
    FROM wits w
    LEFT JOIN wits_mappings m ON m.integration_id = w.integration_id AND m.active
      AND lower(trim(m.wit_from)) = lower(trim(w.name))
    LEFT JOIN (SELECT wit_id, count(*) AS work_items FROM work_items WHERE active GROUP BY wit_id) used ON used.wit_id = w.id
   WHERE w.active AND ($1::integer IS NULL OR w.integration_id = $1)
   ORDER BY lower(w.name), w.id`

/** $1 integration, or null */
const LIST_STATUSES = `
  SELECT s.id, s.integration_id, s.external_id, s.name, s.description, s.category_name AS category, s.active,
    coalesce(used.work_items, 0) AS work_items, m.id AS mapping_id
    FROM statuses s
    LEFT JOIN statuses_mappings m ON m.integration_id = s.integration_id AND m.active
      AND lower(trim(m.status_from)) = lower(trim(s.name))
    LEFT JOIN (SELECT status_id, count(*) AS work_items FROM work_items WHERE active GROUP BY status_id) used
      ON used.status_id = s.id
   WHERE s.active AND ($1::integer IS NULL OR s.integration_id = $1)
   ORDER BY lower(s.name), s.id`

/** The work item types that were read. */
export function listWits(db: Database, tenantId: number, integrationId: number | undefined): Promise<Wit[]> {
  return db.query<Wit>(tenant(tenantId), LIST_WITS, [integrationId ?? null])
}

/** The statuses that were read. */
export function listStatuses(db: Database, tenantId: number, integrationId: number | undefined): Promise<Status[]> {
  return db.query<Status>(tenant(tenantId), LIST_STATUSES, [integrationId ?? null])
}
