import type { Api } from './api.ts'
import type { RouteName } from './contract/routes.ts'
import { AUTH_ROUTES, authHandlers } from './handlers/auth-handlers.ts'
import { CUSTOM_FIELD_VALUE_ROUTES, customFieldValueHandlers } from './handlers/custom-field-value-handlers.ts'
import { ETL_ROUTES, etlHandlers } from './handlers/etl-handlers.ts'
import { INTEGRATION_ROUTES, integrationHandlers } from './handlers/integration-handlers.ts'
import { JOB_ROUTES, jobHandlers } from './handlers/job-handlers.ts'
import { QUEUE_ROUTES, queueHandlers } from './handlers/queue-handlers.ts'
import { TENANT_ROUTES, tenantHandlers } from './handlers/tenant-handlers.ts'
import { USER_ROUTES, userHandlers } from './handlers/user-handlers.ts'
import type { Handlers } from './handlers.ts'
import { issueTicket } from './live/tickets.ts'

/** The routes of the contract that this program serves. */
export const SERVED: readonly RouteName[] = [
  ...AUTH_ROUTES,
  ...USER_ROUTES,
  ...TENANT_ROUTES,
  ...JOB_ROUTES,
  ...INTEGRATION_ROUTES,
  ...QUEUE_ROUTES,
  ...ETL_ROUTES,
  ...CUSTOM_FIELD_VALUE_ROUTES,
  'createTicket',
]

export function allHandlers(api: Api): Partial<Handlers> {
  return {
    ...authHandlers(api),
    ...userHandlers(api),
    ...tenantHandlers(api),
    ...jobHandlers(api),
    ...integrationHandlers(api),
    ...queueHandlers(api),
    ...etlHandlers(api),
    ...customFieldValueHandlers(api),
    async createTicket({ caller }) {
      const { ticket, expiresAt } = await issueTicket(api.db, caller.tenantId)
      return { ticket, expires_at: expiresAt.toISOString() }
    },
  }
}
