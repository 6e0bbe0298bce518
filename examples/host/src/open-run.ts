import type { RunMode } from '@millrace/core'
import { type Database, tenant } from '@millrace/sink-postgres'

/** $1 job */
const FIND_OPEN_RUN = `SELECT id AS "runId", mode FROM etl_runs WHERE job_id = $1 AND state = 'running'`

/** The run of a job that an earlier process left unfinished; there is one at most. */
export async function findOpenRun(
  db: Database,
  { tenantId, jobId }: { readonly tenantId: number; readonly jobId: number },
): Promise<{ readonly runId: number; readonly mode: RunMode } | undefined> {
  const [found] = await db.query<{ runId: number; mode: RunMode }>(tenant(tenantId), FIND_OPEN_RUN, [jobId])
  return found
}
