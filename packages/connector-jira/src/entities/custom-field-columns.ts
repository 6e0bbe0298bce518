import { z } from 'zod'

const value = z.string().nullable()

/**
 * Columns of `work_items` that a mapping fills from custom fields. Texts hold numbers as decimals, times as ISO, arrays
 * and objects as JSON. What no mapping names is kept in the overflow, by the id of its field.
 */
export const customFieldColumns = {
  team: value,
  code_changed: z.boolean().nullable(),
  story_points: z.number().nullable().meta({ storage: 'decimal' }),
  custom_field_01: value,
  custom_field_02: value,
  custom_field_03: value,
  custom_field_04: value,
  custom_field_05: value,
  custom_field_06: value,
  custom_field_07: value,
  custom_field_08: value,
  custom_field_09: value,
  custom_field_10: value,
  custom_field_11: value,
  custom_field_12: value,
  custom_field_13: value,
  custom_field_14: value,
  custom_field_15: value,
  custom_field_16: value,
  custom_field_17: value,
  custom_field_18: value,
  custom_field_19: value,
  custom_field_20: value,
  custom_fields_overflow: z.record(z.string(), z.unknown()),
}

const customFieldsRow = z.object(customFieldColumns)

export type CustomFieldsRow = z.output<typeof customFieldsRow>
