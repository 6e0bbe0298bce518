import type { Dependants } from '@millrace/sink-postgres'
import type { Dependencies } from '../contract/configuration.ts'

/** Entities are named in the plural, and here it is one of them. */
const KINDS: { readonly [entity: string]: string } = {
  statuses: 'status',
  statuses_mappings: 'status_mapping',
  wits: 'wit',
  wits_mappings: 'wit_mapping',
}

/** What uses a thing, as the interface tells it. */
export function toDependencies(dependants: readonly Dependants[]): Dependencies {
  return {
    total: dependants.reduce((sum, { total }) => sum + total, 0),
    dependants: dependants.flatMap(({ entity, rows }) =>
      rows.map(({ id, name }) => ({ type: KINDS[entity] ?? entity, id, name })),
    ),
  }
}
