import type { StoredRow } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { storedColumn } from '../load/stored-columns.ts'

/** Reads live rows of one tenant of an entity by its name; none when nothing was loaded into it. */
type LiveRows = (
  entity: string,
) => readonly { readonly key: string; readonly tenantId: number; readonly values: StoredRow }[]

/** What the names in an entity's rows mean, row by row: the key, the name and the row that bears it. */
export function resolveNames(entity: AnyEntity, live: LiveRows): readonly StoredRow[] {
  return entity.resolves.flatMap((resolution) => {
    const bearers = new Set(live(resolution.of).map(({ key }) => key))
    const listed = Map.groupBy(live(resolution.in), ({ tenantId, values }) => `${tenantId} ${values[resolution.by]}`)
    const parent = entity.parent === undefined ? undefined : entity.references[entity.parent]
    const parents = parent && new Set(live(parent.name).map(({ key }) => key))
    return live(entity.name).flatMap(({ tenantId, values }) => {
      if (parents && !parents.has(String(values[storedColumn(entity.parent ?? '')]))) return []
      const shown = Object.fromEntries(
        [...entity.key, resolution.name].map(storedColumn).map((column) => [column, values[column]]),
      )
      return (listed.get(`${tenantId} ${values[storedColumn(resolution.name)]}`) ?? [])
        .map((row) => row.values[resolution.means])
        .filter((bearer) => bearers.has(String(bearer)))
        .map((bearer) => ({ ...shown, [resolution.means]: bearer }))
    })
  })
}
