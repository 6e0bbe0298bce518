import { z } from 'zod'
import { applied, ofIntegration } from './configuration.ts'
import { defineRoutes } from './route.ts'
import { bigId, done, id, idText, time } from './scalars.ts'

/** Columns with a meaning of their own, shown first. */
export const SPECIAL_FIELDS = ['team', 'code_changed', 'story_points'] as const
/** The columns for everything else. */
export const NUMBERED_FIELDS = Array.from(
  { length: 20 },
  (_, index) => `custom_field_${String(index + 1).padStart(2, '0')}` as const,
)
/** Columns of `work_items` that a mapping fills. */
export const MAPPED_COLUMNS: readonly string[] = [...SPECIAL_FIELDS, ...NUMBERED_FIELDS]

export const customField = z.object({
  id: z.uuid(),
  integration_id: id,
  /** As the provider calls it: `customfield_10001`. */
  external_id: z.string(),
  name: z.string(),
  field_type: z.string(),
  operations: z.array(z.string()),
  active: z.boolean(),
  /** The column that it fills; null when its values are in the overflow. */
  mapped_to: z.string().nullable(),
})
export type CustomField = z.output<typeof customField>

/** Column → id of the custom field that fills it; columns that are left out are filled by none. */
export const mappingFields = z.partialRecord(
  z.enum([...SPECIAL_FIELDS, ...NUMBERED_FIELDS] as [string, ...string[]]),
  z.uuid(),
)

export const customFieldMapping = z.object({
  integration_id: id,
  fields: mappingFields,
  last_updated_at: time.nullable(),
})
export type CustomFieldMapping = z.output<typeof customFieldMapping>

const named = z.strictObject({ integration_id: idText })

export const customFieldRoutes = defineRoutes({
  listCustomFields: {
    method: 'GET',
    path: '/app/etl/custom-fields',
    summary: 'List the custom fields that were discovered',
    tag: 'custom-fields',
    role: 'user',
    query: ofIntegration,
    response: z.array(customField),
  },
  listProjectCustomFields: {
    method: 'GET',
    path: '/app/etl/custom-fields/projects',
    summary: 'List which projects use which custom fields',
    tag: 'custom-fields',
    role: 'user',
    query: ofIntegration,
    response: z.array(
      z.object({
        integration_id: id,
        project_key: z.string(),
        discovered_at: time.nullable(),
        /** Ids as the provider gives them. */
        field_ids: z.array(z.string()),
      }),
    ),
  },
  showCustomFieldMapping: {
    method: 'GET',
    path: '/app/etl/custom-fields/mapping',
    summary: 'Show which custom field fills which column',
    tag: 'custom-fields',
    role: 'user',
    query: named,
    response: customFieldMapping,
  },
  saveCustomFieldMapping: {
    method: 'PUT',
    path: '/app/etl/custom-fields/mapping',
    summary: 'Say which custom field fills which column; stored records are transformed anew',
    tag: 'custom-fields',
    role: 'operator',
    query: named,
    body: z.strictObject({ fields: mappingFields }),
    response: customFieldMapping.extend(applied),
  },
  syncCustomFields: {
    method: 'POST',
    path: '/app/etl/custom-fields/sync',
    summary: 'Queue the discovery of custom fields; 409 while a run is under way',
    tag: 'custom-fields',
    role: 'operator',
    body: z.strictObject({ integration_id: id }),
    status: 202,
    response: done.extend({ job_id: id, run_id: bigId }),
  },
})
