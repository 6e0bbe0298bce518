import type { EntityLoad, LoadBatch, LoadReplace, SourceVersion } from './load-batch.ts'

/** A row that is gone, and the version that says so. */
export interface RemovedRow {
  readonly key: string
  readonly version: SourceVersion
}

/**
 * Children go with their parent: whatever else a batch says of the children of a row that it removes, there are none, at the
 * version of the removal. Said as a replace, so that what was read before and arrives later revives none of them.
 *
 * For loaders, which alone know the rows that a census does not name, and which deletes are older than what is stored.
 *
 * @param removed by the name of their entity, the rows whose delete counts, those included that were gone already
 */
export function cascadeRemovals(batch: LoadBatch, removed: ReadonlyMap<string, readonly RemovedRow[]>): LoadBatch {
  const loads = new Map(batch.loads.map((load) => [load.entity.name, load]))
  for (const entity of batch.children) {
    const parentEntity = entity.references[entity.parent ?? '']
    const gone = parentEntity && removed.get(parentEntity.name)
    if (!parentEntity || !gone || gone.length === 0) continue
    const parents = new Set(gone.map(({ key }) => key))
    const load: EntityLoad = loads.get(entity.name) ?? { entity, upserts: [], deletes: [], replaces: [], censuses: [] }
    const none = gone.map(({ key, version }): LoadReplace => {
      return { parentKey: key, parentEntity, withParent: false, version, rows: [] }
    })
    const replaces = [...load.replaces.filter(({ parentKey }) => !parents.has(parentKey)), ...none]
    replaces.sort((left, right) => (left.parentKey < right.parentKey ? -1 : 1))
    loads.set(entity.name, { ...load, replaces })
  }
  return { ...batch, loads: [...loads.values()].sort((left, right) => (left.entity.name < right.entity.name ? -1 : 1)) }
}
