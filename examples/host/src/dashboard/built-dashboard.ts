import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { readDashboardFiles } from './dashboard-files.ts'
import { dashboardRoutes } from './dashboard-routes.ts'

const BUILT = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

/** Serves the dashboard if it was built; a host without one serves its interface alone. Says whether it did. */
export async function serveBuiltDashboard(server: FastifyInstance): Promise<boolean> {
  if (!existsSync(join(BUILT, 'index.html'))) return false
  await server.register(dashboardRoutes, { files: readDashboardFiles(BUILT) })
  return true
}
