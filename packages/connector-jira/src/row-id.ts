import { type AnyEntity, type Context, entityId } from '@millrace/core'

/** The UUID by which other rows of this account refer to a row. */
export function rowId(
  { integration }: Pick<Context<unknown>, 'integration'>,
  entity: AnyEntity,
  externalId: string,
): string {
  return entityId(integration.tenantId, integration.id, entity.name, externalId)
}
