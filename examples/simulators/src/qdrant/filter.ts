import type { Filter, PointId } from './contract.ts'

export interface FilteredPoint {
  readonly id: PointId
  readonly payload: Readonly<Record<string, unknown>>
}

/** Whether a point meets a filter; a missing field meets none. */
export const meets = ({ id, payload }: FilteredPoint, filter: Filter | undefined): boolean =>
  (filter?.must ?? []).every((condition) => {
    if ('has_id' in condition) return condition.has_id.includes(id)
    const values = [payload[condition.key]].flat()
    if ('match' in condition) {
      const wanted: readonly unknown[] = 'any' in condition.match ? condition.match.any : [condition.match.value]
      return values.some((value) => wanted.includes(value))
    }
    const { gte, lt, lte }: Bounds = condition.range
    return values.some((value) => {
      // A range of numbers never meets a text, nor a range of times a number.
      const kind = typeof (gte ?? lt ?? lte)
      if (typeof value !== kind) return false
      const at = positionOf(value)
      return (
        !Number.isNaN(at) &&
        (gte === undefined || at >= positionOf(gte)) &&
        (lt === undefined || at < positionOf(lt)) &&
        (lte === undefined || at <= positionOf(lte))
      )
    })
  })

/** The payload fields that a filter reads, each with the kinds of index that would serve it. */
export const fieldsOf = (
  filter: Filter | undefined,
): readonly { readonly key: string; readonly kinds: readonly string[] }[] =>
  (filter?.must ?? []).flatMap((condition) => {
    if ('has_id' in condition) return []
    if ('match' in condition) {
      const [value] = 'any' in condition.match ? condition.match.any : [condition.match.value]
      return [{ key: condition.key, kinds: [typeof value === 'number' ? 'integer' : 'keyword'] }]
    }
    const { gte, lt, lte }: Bounds = condition.range
    return [{ key: condition.key, kinds: [typeof (gte ?? lt ?? lte) === 'number' ? 'integer' : 'datetime'] }]
  })

interface Bounds {
  readonly gte?: number | string | undefined
  readonly lt?: number | string | undefined
  readonly lte?: number | string | undefined
}

const positionOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number(value))
