import type { Actor } from '@millrace/sink-postgres'
import type { Caller } from '../api.ts'
import { ROUTES, type RouteName } from '../contract/routes.ts'

/** Who changed what by which route. */
export interface AuditEntry extends Actor {
  readonly tenantId: number
  readonly action: string
  readonly objectType: string
  readonly objectId: number | string | null
  readonly details: object
}

/** They change nothing that anybody would look for, are recorded by the SDK, or leave nobody to record it for. */
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

/** What is to be put on record of a request; undefined when nothing is. Secrets are named and not told. */
export function auditEntry(
  caller: Caller | undefined,
  name: RouteName,
  asked: { readonly params: unknown; readonly body: unknown },
): AuditEntry | undefined {
  const route = ROUTES[name]
  if (!caller || route.method === 'GET' || UNRECORDED.includes(name)) return undefined
  const { id: objectId = null } = { ...(asked.params as { readonly id?: number | string }) }
  // A service that names no tenant changes the one that its path names.
  const tenantId = caller.tenantId === 0 ? Number(objectId) : caller.tenantId
  const given = Object.entries({ ...(asked.body as object) })
  const details = Object.fromEntries(given.map(([key, value]) => [key, told(key, value)]))
  return { tenantId, actor: caller.actor, action: name, objectType: route.tag, objectId, details }
}

/** A model is told, and the key of its server is not. */
function told(field: string, value: unknown): unknown {
  if (SECRET_FIELDS.includes(field) && value) return HIDDEN
  return field === 'embedding' && value ? { ...value, apiKey: undefined } : value
}
