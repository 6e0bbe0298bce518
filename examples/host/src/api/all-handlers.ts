import type { Api } from './api.ts'
import { authHandlers } from './handlers/auth-handlers.ts'
import { configurationHandlers } from './handlers/configuration-handlers.ts'
import { customFieldHandlers } from './handlers/custom-field-handlers.ts'
import { customFieldValueHandlers } from './handlers/custom-field-value-handlers.ts'
import { etlHandlers } from './handlers/etl-handlers.ts'
import { insightHandlers } from './handlers/insight-handlers.ts'
import { integrationHandlers } from './handlers/integration-handlers.ts'
import { jobHandlers } from './handlers/job-handlers.ts'
import { qdrantHandlers } from './handlers/qdrant-handlers.ts'
import { queueHandlers } from './handlers/queue-handlers.ts'
import { tenantHandlers } from './handlers/tenant-handlers.ts'
import { userHandlers } from './handlers/user-handlers.ts'
import type { Handlers } from './handlers.ts'
import { issueTicket } from './live/tickets.ts'

/** What serves every route of the contract. */
export function allHandlers(api: Api): Handlers {
  return {
    ...authHandlers(api),
    ...userHandlers(api),
    ...tenantHandlers(api),
    ...jobHandlers(api),
    ...integrationHandlers(api),
    ...queueHandlers(api),
    ...etlHandlers(api),
    ...customFieldHandlers(api),
    ...customFieldValueHandlers(api),
    ...configurationHandlers(api),
    ...insightHandlers(api),
    ...qdrantHandlers(api),
    async createTicket({ caller }) {
      const { ticket, expiresAt } = await issueTicket(api.db, caller.tenantId)
      return { ticket, expires_at: expiresAt.toISOString() }
    },
  }
}
