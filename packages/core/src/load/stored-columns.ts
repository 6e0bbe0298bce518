import type { AnyEntity } from '../contracts/entity.ts'
import { entityId } from '../ids/entity-id.ts'
import type { LoadScope } from './load-batch.ts'

/** The stored name of a declared column: `id` is stored as `external_id`, because `id` is the row's own UUID. */
export function storedColumn(column: string): string {
  return column === 'id' ? 'external_id' : column
}

/** The UUID of the row that an external id names, or null. */
export function referenceId(
  scope: Pick<LoadScope, 'tenantId' | 'integrationId'>,
  target: AnyEntity,
  externalId: unknown,
): string | null {
  if (externalId === null || externalId === undefined) return null
  return entityId(scope.tenantId, scope.integrationId, target.name, String(externalId))
}
