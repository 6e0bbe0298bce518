import { type Database, tenant } from '@millrace/sink-postgres'
import { found } from './not-found.ts'

/** $1 integration */
const FIND_JOB = 'SELECT id, connector FROM etl_jobs WHERE integration_id = $1 ORDER BY active DESC, id LIMIT 1'

/** The job that reads an account; of several, an active one. @throws NOT_FOUND */
export async function jobOfIntegration(
  db: Database,
  tenantId: number,
  integrationId: number,
): Promise<{ readonly id: number; readonly connector: string }> {
  const [job] = await db.query<{ id: number; connector: string }>(tenant(tenantId), FIND_JOB, [integrationId])
  return found(job, 'job of integration', integrationId)
}
