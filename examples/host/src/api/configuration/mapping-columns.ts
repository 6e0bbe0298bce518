import { MAPPED_COLUMNS, SPECIAL_FIELDS } from '../contract/custom-fields.ts'

/** The column of a mapping that says which field fills a column of work items. */
function referenceOf(column: string): string {
  return (SPECIAL_FIELDS as readonly string[]).includes(column) ? `${column}_field_id` : `${column}_id`
}

/** Column of work items → field, of a stored mapping. */
export function fieldsOfMapping(row: { readonly [column: string]: unknown } | undefined): { [column: string]: string } {
  const filled = MAPPED_COLUMNS.flatMap((column) => {
    const field = row?.[referenceOf(column)]
    return typeof field === 'string' ? [[column, field] as const] : []
  })
  return Object.fromEntries(filled)
}

/** A mapping as it is stored. */
export function mappingOfFields(fields: { readonly [column: string]: string | undefined }): {
  [column: string]: string
} {
  const given = Object.entries(fields).flatMap(([column, field]) => (field ? [[referenceOf(column), field]] : []))
  return Object.fromEntries(given)
}
