import type { Schemas } from '@qdrant/js-client-rest'

/** A write of one point, and the version that guards it. */
export interface GuardedWrite {
  readonly rowVersion: number
  readonly point: Schemas['PointStruct']
}

/** Batches of at most so many points and bytes; a point that is larger than a batch travels alone. */
export function batchesOf<Item>(
  items: readonly Item[],
  { count, bytes }: { readonly count: number; readonly bytes: number },
): readonly (readonly Item[])[] {
  const batches: Item[][] = []
  let size = 0
  for (const item of items) {
    const weight = Buffer.byteLength(JSON.stringify(item))
    const current = batches.at(-1)
    if (!current || current.length >= count || size + weight > bytes) {
      batches.push([item])
      size = weight
    } else {
      current.push(item)
      size += weight
    }
  }
  return batches
}

/** Points of equal version, since a filter guards a whole operation. */
export function byVersion(writes: readonly GuardedWrite[]): ReadonlyMap<number, readonly Schemas['PointStruct'][]> {
  const groups = new Map<number, Schemas['PointStruct'][]>()
  for (const { rowVersion, point } of writes) {
    const group = groups.get(rowVersion)
    if (group) group.push(point)
    else groups.set(rowVersion, [point])
  }
  return groups
}
