import type { AnyEntity } from '../contracts/entity.ts'
import { entityId } from '../ids/entity-id.ts'
import type { LoadScope } from './load-batch.ts'

/** The stored name of a declared column: `id` is stored as `external_id`, because `id` is the row's own UUID. */
export function storedColumn(column: string): string {
  return column === 'id' ? 'external_id' : column
}

/** A declared column as it is stored. */
export interface StoredColumn {
  readonly declared: string
  readonly stored: string
  /** What its values refer to. */
  readonly target: AnyEntity | undefined
}

const derived = new WeakMap<AnyEntity, readonly StoredColumn[]>()

/** All columns of an entity in the order of their stored names, in which canonical JSON has them. */
export function storedColumns(entity: AnyEntity): readonly StoredColumn[] {
  const known = derived.get(entity)
  if (known) return known
  const columns = entity.columnNames
    .map((declared) => ({ declared, stored: storedColumn(declared), target: entity.references[declared] }))
    .sort((left, right) => (left.stored < right.stored ? -1 : 1))
  derived.set(entity, columns)
  return columns
}

/** Gives UUIDs of rows by external id, each computed once: most rows of a record refer to the same few. */
export type ReferenceIds = (target: AnyEntity, externalId: unknown) => string | null

export function referenceIds(scope: Pick<LoadScope, 'tenantId' | 'integrationId'>): ReferenceIds {
  const known = new Map<AnyEntity, Map<unknown, string | null>>()
  return (target, externalId) => {
    const ids = known.get(target) ?? new Map<unknown, string | null>()
    known.set(target, ids)
    const found = ids.get(externalId)
    if (found !== undefined) return found
    const id = referenceId(scope, target, externalId)
    ids.set(externalId, id)
    return id
  }
}

/** The UUID of the row that an external id names, or null. */
function referenceId(
  scope: Pick<LoadScope, 'tenantId' | 'integrationId'>,
  target: AnyEntity,
  externalId: unknown,
): string | null {
  if (externalId === null || externalId === undefined) return null
  return entityId(scope.tenantId, scope.integrationId, target.name, String(externalId))
}
