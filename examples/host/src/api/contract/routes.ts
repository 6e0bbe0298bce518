import { auditRoutes } from './audit.ts'
import { authRoutes } from './auth.ts'
import { customFieldValueRoutes } from './custom-field-values.ts'
import { customFieldRoutes } from './custom-fields.ts'
import { etlRoutes } from './etl.ts'
import { hierarchyRoutes } from './hierarchies.ts'
import { insightRoutes } from './insights.ts'
import { integrationRoutes } from './integrations.ts'
import { jobRoutes } from './jobs.ts'
import { liveRoutes } from './live.ts'
import { qdrantRoutes } from './qdrant.ts'
import { queueRoutes } from './queues.ts'
import { searchRoutes } from './search.ts'
import { statusRoutes } from './statuses.ts'
import { tenantRoutes } from './tenants.ts'
import { userRoutes } from './users.ts'
import { witRoutes } from './wits.ts'
import { workerRoutes } from './workers.ts'
import { workflowRoutes } from './workflows.ts'

/** Every endpoint, by the name that handlers and clients know it by. */
export const ROUTES = {
  ...authRoutes,
  ...userRoutes,
  ...tenantRoutes,
  ...auditRoutes,
  ...jobRoutes,
  ...integrationRoutes,
  ...queueRoutes,
  ...workerRoutes,
  ...etlRoutes,
  ...searchRoutes,
  ...qdrantRoutes,
  ...insightRoutes,
  ...customFieldRoutes,
  ...customFieldValueRoutes,
  ...witRoutes,
  ...hierarchyRoutes,
  ...statusRoutes,
  ...workflowRoutes,
  ...liveRoutes,
} as const

export type Routes = typeof ROUTES
export type RouteName = keyof Routes
