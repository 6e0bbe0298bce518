import type { Lookup } from '@millrace/core'
import { customFields } from './entities/custom-fields.ts'
import { customFieldsMapping } from './entities/custom-fields-mapping.ts'
import type { CustomFieldColumn, CustomFieldMapping, MappedField } from './map-custom-fields.ts'

const mappings = new WeakMap<Lookup, CustomFieldMapping>()

/** The account's mapping of custom fields; empty without one. A field that Jira no longer has fills nothing. */
export function customFieldMapping(lookup: Lookup): CustomFieldMapping {
  const found = mappings.get(lookup)
  if (found) return found
  const fields = new Map(lookup.all(customFields).map((row) => [row.id, row]))
  const mapping: { [Column in CustomFieldColumn]?: MappedField } = {}
  for (const [column, reference] of Object.entries(MAPPED_BY)) {
    const field = fields.get(lookup.all(customFieldsMapping)[0]?.[reference])
    if (!field) continue
    const type = typeof field.field_type === 'string' ? field.field_type : null
    const isRichText = typeof field.custom_type === 'string' && field.custom_type.endsWith(':textarea')
    mapping[column as CustomFieldColumn] = { id: String(field.external_id), type, isRichText }
  }
  mappings.set(lookup, mapping)
  return mapping
}

const numbered = Array.from({ length: 20 }, (_, index) => `custom_field_${String(index + 1).padStart(2, '0')}`)

/** Column of `work_items` → column of the mapping. */
const MAPPED_BY: { readonly [column: string]: string } = {
  team: 'team_field_id',
  code_changed: 'code_changed_field_id',
  story_points: 'story_points_field_id',
  ...Object.fromEntries(numbered.map((column) => [column, `${column}_id`])),
}
