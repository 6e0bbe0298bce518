import { recordAction, tenant } from '@millrace/sink-postgres'
import type { Api, Caller } from './api.ts'
import { ROUTES, type RouteName } from './contract/routes.ts'

/** They change nothing, record it themselves, or leave nobody to record it for. */
const UNRECORDED: readonly RouteName[] = [
  'search',
  'createTicket',
  'requeueDeadLetters',
  'discardDeadLetters',
  'deleteIntegration',
  'deleteTenant',
  'createTenant',
  'createWitMapping',
  'updateWitMapping',
  'deleteWitMapping',
  'createHierarchy',
  'updateHierarchy',
  'deleteHierarchy',
  'createStatusMapping',
  'updateStatusMapping',
  'deleteStatusMapping',
  'createWorkflow',
  'updateWorkflow',
  'deleteWorkflow',
  'saveCustomFieldMapping',
  'storeRawData',
  'rollBackModel',
]
const HIDDEN = 'hidden'
const SECRET_FIELDS = ['credentials', 'password', 'current_password', 'new_password']

/** Puts on record who changed what by which route. Secrets are named and not told. */
export async function recordChange(
  api: Api,
  caller: Caller,
  name: RouteName,
  asked: { readonly params: unknown; readonly body: unknown },
): Promise<void> {
  const route = ROUTES[name]
  if (route.method === 'GET' || UNRECORDED.includes(name) || caller.tenantId === 0) return
  const { id: objectId = null } = { ...(asked.params as { readonly id?: number | string }) }
  const given = Object.entries({ ...(asked.body as object) })
  const details = Object.fromEntries(given.map(([key, value]) => [key, told(key, value)]))
  const entry = {
    tenantId: caller.tenantId,
    actor: caller.actor,
    action: name,
    objectType: route.tag,
    objectId,
    details,
  }
  await api.db
    .transaction(tenant(caller.tenantId), (tx) => recordAction(tx, entry))
    .catch((error: unknown) => {
      api.log.error({ ...entry, details: {}, error: String(error) }, 'Failed to record a change that was made.')
    })
}

/** A model is told, and the key of its server is not. */
function told(field: string, value: unknown): unknown {
  if (SECRET_FIELDS.includes(field) && value) return HIDDEN
  return field === 'embedding' && value ? { ...value, apiKey: undefined } : value
}
