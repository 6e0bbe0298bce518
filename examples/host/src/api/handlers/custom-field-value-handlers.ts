import { tenant } from '@millrace/sink-postgres'
import type { Api } from '../api.ts'
import type { CustomFieldValues, customFieldValueRoutes } from '../contract/custom-field-values.ts'
import { MAPPED_COLUMNS } from '../contract/custom-fields.ts'
import type { Handlers } from '../handlers.ts'

/** Enough to see whether a mapping is the one that was meant, and quickly read however many items there are. */
const LOOKED_AT = 2_000
const SAMPLES = 5
const LONGEST_SAMPLE = 80

const LATEST = `
  SELECT * FROM work_items WHERE active AND integration_id = $1 ORDER BY updated DESC NULLS LAST LIMIT ${LOOKED_AT}`

/** The text of numbers is the shortest that says them. */
const textOf = (column: string): string =>
  column === 'story_points' ? `trim_scale(story_points)::text` : `left(${column}::text, ${LONGEST_SAMPLE})`

/** $1 integration */
const READ = `
  WITH latest AS MATERIALIZED (${LATEST}),
  held AS (
    SELECT v.position, v.column_name, v.value, max(latest.updated) AS newest, count(*) AS filled
      FROM latest CROSS JOIN LATERAL (VALUES
        ${MAPPED_COLUMNS.map((column, position) => `(${position}, '${column}', ${textOf(column)})`).join(', ')}
      ) AS v (position, column_name, value)
     WHERE v.value IS NOT NULL GROUP BY v.position, v.column_name, v.value
  )
  SELECT (SELECT count(*)::integer FROM latest) AS looked_at, coalesce((
    SELECT jsonb_agg(jsonb_build_object('column', c.column_name, 'filled', c.filled, 'samples', c.samples) ORDER BY c.position)
      FROM (SELECT position, column_name, sum(filled) AS filled,
              (array_agg(value ORDER BY newest DESC NULLS LAST, value))[1:${SAMPLES}] AS samples
              FROM held GROUP BY position, column_name) AS c), '[]') AS columns`

/** What a mapping of custom fields has brought. */
export function customFieldValueHandlers({ db, prepare }: Api): Pick<Handlers, keyof typeof customFieldValueRoutes> {
  return {
    async showCustomFieldValues({ caller: { tenantId }, query: { integration_id: integrationId } }) {
      await prepare()
      const [values] = await db.query<CustomFieldValues>(tenant(tenantId), READ, [integrationId])
      return values ?? { looked_at: 0, columns: [] }
    },
  }
}
