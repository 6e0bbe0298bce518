import { adfToText } from './adf-to-text.ts'
import type { CustomFieldsRow } from './entities/custom-field-columns.ts'
import { jiraTime } from './jira-time.ts'

/** The columns of `work_items` that custom fields can be mapped to. */
export type CustomFieldColumn = Exclude<keyof CustomFieldsRow, 'custom_fields_overflow'>

/** A Jira field (`customfield_10016`), and what its values are, where that is known: `string`, `option`, `array`, … */
export interface MappedField {
  readonly id: string
  readonly type: string | null
  /** Its values are rich text. Default: they are not */
  readonly isRichText?: boolean
}

/** Which Jira field fills which column. */
export type CustomFieldMapping = { readonly [Column in CustomFieldColumn]?: MappedField }

const CUSTOM_FIELD = /^customfield_\d+$/

/** The custom fields of an issue as columns; those that no column is mapped to stay in the overflow. */
export function mapCustomFields(
  fields: { readonly [id: string]: unknown },
  mapping: CustomFieldMapping,
): CustomFieldsRow {
  const mapped = new Set(Object.values(mapping).map(({ id }) => id))
  const overflow: Record<string, unknown> = {}
  for (const id in fields) {
    const value = fields[id]
    if (value !== null && CUSTOM_FIELD.test(id) && !mapped.has(id)) overflow[id] = value
  }
  const textOf = (column: CustomFieldColumn): string | null => {
    const field = mapping[column]
    return field ? customFieldText(fields[field.id], field) : null
  }
  const fieldValue = (field: MappedField | undefined): unknown => (field ? fields[field.id] : null)
  return {
    team: textOf('team'),
    code_changed: customFieldFlag(fieldValue(mapping.code_changed)),
    story_points: customFieldNumber(fieldValue(mapping.story_points)),
    custom_field_01: textOf('custom_field_01'),
    custom_field_02: textOf('custom_field_02'),
    custom_field_03: textOf('custom_field_03'),
    custom_field_04: textOf('custom_field_04'),
    custom_field_05: textOf('custom_field_05'),
    custom_field_06: textOf('custom_field_06'),
    custom_field_07: textOf('custom_field_07'),
    custom_field_08: textOf('custom_field_08'),
    custom_field_09: textOf('custom_field_09'),
    custom_field_10: textOf('custom_field_10'),
    custom_field_11: textOf('custom_field_11'),
    custom_field_12: textOf('custom_field_12'),
    custom_field_13: textOf('custom_field_13'),
    custom_field_14: textOf('custom_field_14'),
    custom_field_15: textOf('custom_field_15'),
    custom_field_16: textOf('custom_field_16'),
    custom_field_17: textOf('custom_field_17'),
    custom_field_18: textOf('custom_field_18'),
    custom_field_19: textOf('custom_field_19'),
    custom_field_20: textOf('custom_field_20'),
    custom_fields_overflow: overflow,
  }
}

const JIRA_TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/

/**
 * A value as text that reports can use: an option is its value, a user the display name, a team its name, a document or wiki
 * markup its text; numbers are decimals, times ISO with Z. Arrays are JSON lists of such texts, a cascading option the list of what was
 * chosen from outside to inside; other objects are JSON.
 *
 * @param field what the field's values are. A `string` is what somebody wrote, also where it looks like a time. Default: not
 *   known, then the value speaks for itself
 */
export function customFieldText(value: unknown, field: Omit<MappedField, 'id'> = { type: null }): string | null {
  const { type, isRichText = false } = field
  if (value === null || value === undefined || value === '') return null
  // Data Center gives rich text as wiki markup.
  if (typeof value === 'string' && isRichText) return adfToText(value)
  if (typeof value === 'string') {
    return type !== 'string' && JIRA_TIME.test(value) ? (jiraTime(value)?.toISOString() ?? value) : value
  }
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? null : JSON.stringify(value.map(elementOf))
  if ('type' in value && value.type === 'doc') return adfToText(value)
  if ('child' in value) return JSON.stringify(chosenIn(value))
  return labelOf(value) ?? JSON.stringify(value)
}

/** Of an array's element what reports want; numbers and flags stay what they are. */
function elementOf(element: unknown): unknown {
  return typeof element === 'object' && element !== null ? (labelOf(element) ?? element) : element
}

/** The options of a cascade, the outermost first. */
function chosenIn(option: object): readonly unknown[] {
  const { child } = option as { readonly child?: unknown }
  const inner = typeof child === 'object' && child !== null ? chosenIn(child) : []
  return [labelOf(option) ?? option, ...inner]
}

/** Yes and no in the forms that select lists and checkboxes give them. */
export function customFieldFlag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const first = Array.isArray(value) ? value[0] : value
  const text = customFieldText(first)?.trim().toLowerCase()
  if (text === undefined) return null
  if (['true', 'yes', 'y', '1'].includes(text)) return true
  return ['false', 'no', 'n', '0'].includes(text) ? false : null
}

export function customFieldNumber(value: unknown): number | null {
  const text = customFieldText(value)?.trim()
  if (text === undefined || text === '') return null
  const number = Number(text)
  return Number.isFinite(number) ? number : null
}

/** Options, users and teams hold their text under different names. */
function labelOf(value: object): string | null {
  for (const name of ['value', 'displayName', 'name', 'title']) {
    const label: unknown = Object.hasOwn(value, name)
      ? (value as { readonly [name: string]: unknown })[name]
      : undefined
    if (typeof label === 'string') return label
  }
  return null
}
