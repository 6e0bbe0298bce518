import { conditionsOf, type VectorFilter } from '@millrace/core'
import type { Schemas } from '@qdrant/js-client-rest'
import type { Naming } from './collection-name.ts'

type Condition = Schemas['FieldCondition'] | Schemas['HasIdCondition']

/** Conditions that must all hold. Always a filter, also an empty one: leaving it out is a caller's decision. */
export function toFilter(...conditions: readonly (readonly Condition[])[]): { must: Condition[] } {
  return { must: conditions.flat() }
}

export function searchConditions(filter: VectorFilter | undefined): readonly Condition[] {
  return conditionsOf(filter).map((condition): Condition => {
    const key = condition.field
    if ('anyOf' in condition) return { key, match: { any: [...condition.anyOf] as string[] | number[] } }
    const { from, before } = condition
    // A field with a range that is open at both ends must still be there.
    const gte = (from ?? new Date('0001-01-01T00:00:00Z')).toISOString()
    return { key, range: { gte, ...(before && { lt: before.toISOString() }) } }
  })
}

/** The point is this tenant's; no condition where each tenant has collections of its own. */
export function ofTenant({ tenantField }: Naming, tenantId: number): readonly Schemas['FieldCondition'][] {
  return tenantField ? [{ key: tenantField, match: { value: String(tenantId) } }] : []
}

/** The stored point is not newer. */
export function notNewerThan(rowVersion: number): Condition {
  return { key: 'row_version', range: { lte: rowVersion } }
}
