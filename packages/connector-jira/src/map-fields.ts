import type { Change, Lookup, StoredRow } from '@millrace/core'
import type { CreateFieldsPage, FieldList } from './api/field-api.ts'
import { customFields, projectsCustomFields } from './entities/custom-fields.ts'

/** The fields of a site. It lists all of them, so that a custom field which is not among them is gone. */
export function* mapFields(fields: FieldList, lookup: Lookup): Iterable<Change> {
  const custom = fields.filter(({ id, custom }) => custom ?? isCustom(id))
  for (const { id, name, schema, scope } of custom) {
    yield customFields.upsert({
      id,
      name,
      ...typeOf(schema),
      // Only projects tell these, when people ask for them.
      operations: operationsOf(lookup.get(customFields, id)),
      scope_project_external_id: scope?.project?.id ?? null,
    })
  }
  if (custom.length > 0) yield customFields.census(custom.map(({ id }) => id))
}

/** The fields of one issue type of a project. */
export interface TypeFields {
  readonly typeId: string
  readonly fields: CreateFieldsPage['fields']
}

export interface DiscoveredIn {
  readonly projectId: string
  readonly projectKey: string
  readonly at: Date
}

/** The custom fields that the issues of a project can have: each once, with the types that have it. */
export function* mapProjectFields(found: DiscoveredIn, types: readonly TypeFields[], lookup: Lookup): Iterable<Change> {
  const uses = types.flatMap(({ typeId, fields }) => fields.map((field) => ({ typeId, field })))
  const byId = Map.groupBy(
    uses.filter(({ field }) => isCustom(field.fieldId)),
    ({ field }) => field.fieldId,
  )
  const discovered = [...byId].flatMap(([id, of]) => {
    const [first] = of
    if (!first) return []
    const { name, schema } = first.field
    const operations = [...new Set(of.flatMap(({ field }) => field.operations ?? []))].sort()
    return { id, name, schema, operations, required: of.some(({ field }) => field.required === true), of }
  })
  for (const { id, name, schema, operations } of discovered) {
    const known = lookup.get(customFields, id)
    const scope = known?.scope_project_external_id
    yield customFields.upsert({
      id,
      name,
      ...typeOf(schema),
      // Projects may differ in what they allow.
      operations: [...new Set([...operationsOf(known), ...operations])].sort(),
      scope_project_external_id: typeof scope === 'string' ? scope : null,
    })
  }
  yield projectsCustomFields.upsert({
    id: found.projectId,
    project_id: found.projectId,
    project_key: found.projectKey,
    integration_type: 'jira',
    discovered_fields: discovered.map(({ id, name, schema, operations, required, of }) => ({
      id,
      name,
      field_type: typeOf(schema).field_type,
      operations,
      required,
      wit_ids: of.map(({ typeId }) => typeId),
    })),
    discovered_at: found.at,
  })
}

function operationsOf(row: StoredRow | undefined): string[] {
  return Array.isArray(row?.operations) ? row.operations.map(String) : []
}

function isCustom(id: string): boolean {
  return id.startsWith('customfield_')
}

function typeOf(schema: FieldList[number]['schema']): {
  field_type: string
  items_type: string | null
  custom_type: string | null
} {
  return { field_type: schema?.type ?? 'any', items_type: schema?.items ?? null, custom_type: schema?.custom ?? null }
}
