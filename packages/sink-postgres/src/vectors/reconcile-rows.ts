import {
  profileOf,
  type ReconcileReport,
  type ReconcileRequest,
  reconcileVectors,
  type VectorTools,
} from '@millrace/core'
import type { Database } from '../database/database.ts'
import { type Look, lookAt } from './embedding-mark.ts'

/**
 * `reconcileVectors` over rows of this database, for `vectorCoverage` to know of it: once everything agrees, or was repaired, rows
 * without vectors are counted as `wordless` and no longer as `missing`. Those that a run writes meanwhile are left for the next time.
 *
 * @throws what `reconcileVectors` throws
 */
export async function reconcileRows(
  db: Database,
  tools: VectorTools,
  request: ReconcileRequest,
): Promise<ReconcileReport> {
  const { tenantId, sources, repair = false } = request
  const profile = profileOf(tools.provider)
  const looks: (Look | undefined)[] = []
  for (const { integrationId, entities } of sources) {
    for (const entity of entities) {
      if (entity.embed) looks.push(await lookAt(db, { tenantId, integrationId, entity, profile }))
    }
  }
  const report = await reconcileVectors(tools, request)
  const agrees = repair ? report.failed.length === 0 : report.missing === 0 && report.stale === 0
  if (agrees) for (const look of looks) await look?.done()
  return report
}
