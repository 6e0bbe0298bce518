import type { z } from 'zod'
import type { AnyEntity } from '../contracts/entity.ts'
import { entityId } from '../ids/entity-id.ts'
import type { LoadScope } from './load-batch.ts'
import { type StorageType, storageType } from './storage-type.ts'

/** The stored name of a declared column: `id` is stored as `external_id`, because `id` is the row's own UUID. */
export function storedColumn(column: string): string {
  return column === 'id' ? 'external_id' : column
}

/** A declared column as it is stored. */
export interface StoredColumn {
  /** Its name in the entity's definition. */
  readonly declared: string
  /** Its name in storage, and in the `values` of a loaded row. */
  readonly stored: string
  readonly type: StorageType
  /** What its values refer to, by the UUID of that row. */
  readonly target: AnyEntity | undefined
}

/** The columns of an entity in declared order. For sinks, which also bring values back as they were declared. */
export const storedColumns: (entity: AnyEntity) => readonly StoredColumn[] = onceForEach((entity) =>
  entity.columnNames.map((declared) => {
    const target = entity.references[declared]
    const type = target ? 'uuid' : storageType(entity.columns.shape[declared] as z.ZodType)
    return { declared, stored: storedColumn(declared), type, target }
  }),
)

/** The same in the order of their stored names, in which canonical JSON has them. */
export const sortedColumns: (entity: AnyEntity) => readonly StoredColumn[] = onceForEach((entity) =>
  storedColumns(entity).toSorted((left, right) => (left.stored < right.stored ? -1 : 1)),
)

/** A row to copy and fill: `null` in every stored column, in their order. What has all its columns is filled without being moved. */
export const blankRow: (entity: AnyEntity) => BlankRow = onceForEach((entity) => rowOf(entity, null))

/** The same with `undefined`, which JSON leaves out. */
export const absentRow: (entity: AnyEntity) => BlankRow = onceForEach((entity) => rowOf(entity, undefined))

type BlankRow = { readonly [stored: string]: unknown }

function rowOf(entity: AnyEntity, value: null | undefined): BlankRow {
  return Object.fromEntries(sortedColumns(entity).map(({ stored }) => [stored, value]))
}

function onceForEach<Derived extends object>(derive: (entity: AnyEntity) => Derived): (entity: AnyEntity) => Derived {
  const derived = new WeakMap<AnyEntity, Derived>()
  return (entity) => {
    const known = derived.get(entity)
    if (known !== undefined) return known
    const fresh = derive(entity)
    derived.set(entity, fresh)
    return fresh
  }
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
