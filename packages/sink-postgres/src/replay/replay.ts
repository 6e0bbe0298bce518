import { MillraceError, type RunRef, type Runtime } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { IS_RECORD, IS_SUPERSEDED } from '../ledger/superseded-raw.ts'

export interface ReplayRequest {
  readonly tenantId: number
  /** One job, or … */
  readonly jobId?: number
  /** … all jobs of an integration. */
  readonly integrationId?: number
  /** @default every step */
  readonly steps?: readonly string[]
  /** Only what was received since then. @default everything that is stored */
  readonly since?: Date
}

/** What a replay of a job would do. */
export interface ReplayCoverage {
  readonly jobId: number
  /** Raw records that it transforms. */
  readonly records: number
  /** Units of which records were pruned and not read again since: for these, a full sync is needed. */
  readonly gaps: readonly { readonly step: string; readonly unitKey: string | null; readonly records: number }[]
}

export interface Replayed extends ReplayCoverage {
  readonly run: RunRef
}

/** $1 job · $2 integration */
const FIND_JOBS = `
  SELECT id FROM etl_jobs WHERE ($1::integer IS NULL OR id = $1) AND ($2::integer IS NULL OR integration_id = $2)
   ORDER BY id`

/** $1 job · $2 steps, or null · $3 since, or null */
const COUNT_RECORDS = `
  SELECT count(*) AS records FROM raw_extraction_data r
   WHERE r.job_id = $1 AND ($2::text[] IS NULL OR r.entity_type = ANY ($2))
     AND ($3::timestamptz IS NULL OR r.created_at >= $3) AND ${IS_RECORD}
     AND NOT ${IS_SUPERSEDED}`

/** $1 job · $2 steps, or null */
const LIST_GAPS = `
  SELECT g.step, g.unit_key AS "unitKey", g.records FROM raw_gaps g
   WHERE g.job_id = $1 AND ($2::text[] IS NULL OR g.step = ANY ($2)) AND NOT EXISTS (
     SELECT FROM raw_extraction_data newer WHERE newer.job_id = g.job_id AND newer.entity_type = g.step
       AND md5(newer.external_id) = g.unit_hash AND newer.complete_from > g.newest_seq)
   ORDER BY g.step, g.unit_key`

/**
 * What a replay would cover, and what it could not, for each job that the request names.
 *
 * @throws NOT_FOUND when it names none
 */
export async function replayCoverage(db: Database, request: ReplayRequest): Promise<readonly ReplayCoverage[]> {
  const { tenantId, jobId, integrationId, steps, since } = request
  const jobs =
    jobId === undefined && integrationId === undefined
      ? []
      : await db.query<{ id: number }>(tenant(tenantId), FIND_JOBS, [jobId ?? null, integrationId ?? null])
  if (jobs.length === 0) {
    const what = jobId === undefined ? `integration ${integrationId}` : `job ${jobId}`
    throw new MillraceError('NOT_FOUND', {
      message: `Failed to replay ${what}: the tenant has no such job. List the jobs.`,
    })
  }
  return Promise.all(
    jobs.map(({ id }) =>
      db.transaction(tenant(tenantId), async (tx) => {
        const [count] = await tx.query<{ records: number }>(COUNT_RECORDS, [id, steps ?? null, since ?? null])
        const gaps = await tx.query<ReplayCoverage['gaps'][number]>(LIST_GAPS, [id, steps ?? null])
        return { jobId: id, records: Number(count?.records ?? 0), gaps }
      }),
    ),
  )
}

/**
 * Transforms stored raw records again, without asking the provider for anything: a run of mode `replay` for each job that is
 * named, worked on by whichever workers share the ledger. Rows keep serving meanwhile; each record is loaded at the version
 * that it was received under, so nothing newer is overwritten. Interrupted, it goes on at its last batch.
 *
 * @returns the runs, with what they cover and what they cannot
 * @throws NOT_FOUND when the tenant has no such job; RUN_REFUSED when one runs already, is inactive, or has no such step
 */
export async function replay(
  db: Database,
  runtime: Pick<Runtime, 'startRun'>,
  request: ReplayRequest,
): Promise<readonly Replayed[]> {
  const { tenantId, steps, since } = request
  const replayed: Replayed[] = []
  for (const coverage of await replayCoverage(db, request)) {
    const run = await runtime.startRun({
      tenantId,
      jobId: coverage.jobId,
      mode: 'replay',
      ...(steps && { steps }),
      ...(since && { since }),
    })
    replayed.push({ ...coverage, run })
  }
  return replayed
}
