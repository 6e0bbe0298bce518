import { MillraceError } from '../errors/millrace-error.ts'
import {
  FILTER_FIELDS,
  type FilterField,
  type OneOf,
  type TimeRange,
  type VectorFilter,
} from '../ports/vector-filter.ts'
import type { VectorPayload } from '../ports/vector-store.ts'

/** A condition on one field, as stores translate it. */
export type FieldCondition =
  | { readonly field: FilterField; readonly anyOf: readonly (string | number)[] }
  | { readonly field: FilterField; readonly from: Date | undefined; readonly before: Date | undefined }

/** The conditions of a filter, checked. @throws INVALID_CONFIG when a field cannot be filtered by, or not like this */
export function conditionsOf(filter: VectorFilter = {}): readonly FieldCondition[] {
  return Object.entries(filter).flatMap(
    ([field, condition]: [string, OneOf | TimeRange | undefined]): readonly FieldCondition[] => {
      if (condition === undefined) return []
      const kind = Object.hasOwn(FILTER_FIELDS, field) ? FILTER_FIELDS[field as FilterField] : undefined
      if (kind === undefined || (kind === 'datetime') === 'anyOf' in condition) {
        const known = Object.keys(FILTER_FIELDS).join(', ')
        const reason =
          kind === undefined ? 'it has no index' : `it is filtered ${kind === 'datetime' ? 'by times' : 'by values'}`
        throw new MillraceError('INVALID_CONFIG', {
          message: `Failed to filter by ${JSON.stringify(field)}: ${reason}. Filter by ${known}; the last two take times.`,
          context: { field },
        })
      }
      const name = field as FilterField
      if ('anyOf' in condition) return [{ field: name, anyOf: condition.anyOf }]
      return [{ field: name, from: condition.from, before: condition.before }]
    },
  )
}

/** Whether a payload meets all conditions: what stores without a filter of their own use. */
export function matchesFilter(payload: VectorPayload, conditions: readonly FieldCondition[]): boolean {
  return conditions.every((condition) => {
    const value = payload[condition.field]
    if ('anyOf' in condition) return condition.anyOf.some((wanted) => wanted === value)
    if (typeof value !== 'string') return false
    const at = Date.parse(value)
    const { from, before } = condition
    return (from === undefined || at >= from.getTime()) && (before === undefined || at < before.getTime())
  })
}
