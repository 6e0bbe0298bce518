import { type Chore, type Connector, isMillraceError, type RunRef, type Runtime } from '@millrace/core'
import { ENGINE, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { replay, replayCoverage } from '../replay/replay.ts'

/** What became of a job whose account's configuration had changed. */
export interface AppliedConfiguration {
  readonly jobId: number
  /** The replay that brings stored rows in line. Null: nothing is stored yet, or `pending` says why not now. */
  readonly run: RunRef | null
  /** Why it has to wait, such as a run that is under way; `applyConfigurationChore` comes back to it. */
  readonly pending: string | null
}

/** $1 integration, or null */
const OUTDATED_JOBS = `
  SELECT j.id, j.connector, i.id AS integration, j.configuration_version AS applied, i.configuration_version AS version
    FROM etl_jobs j JOIN integrations i ON i.id = j.integration_id
   WHERE j.configuration_version < i.configuration_version AND ($1::integer IS NULL OR i.id = $1)
   ORDER BY j.id`

/** A run that started meanwhile for a later version wins. $1 job · $2 version */
const APPLIED = 'UPDATE etl_jobs SET configuration_version = greatest(configuration_version, $2) WHERE id = $1'

/**
 * Brings stored rows in line with what people configured: for every job of an account that changed since its rows were last
 * made, a replay of the steps that read what changed. Nothing is asked of the provider. Call it after each change; changes
 * in quick succession share a replay, since those that come while one runs are applied after it.
 *
 * @returns the jobs that were out of date, none when all are up to date
 */
export async function applyConfiguration(
  db: Database,
  runtime: Pick<Runtime, 'startRun'>,
  options: { readonly connectors: readonly Connector[]; readonly tenantId: number; readonly integrationId?: number },
): Promise<readonly AppliedConfiguration[]> {
  const { tenantId, connectors } = options
  const outdated = await db.query<OutdatedJob>(tenant(tenantId), OUTDATED_JOBS, [options.integrationId ?? null])
  const applied: AppliedConfiguration[] = []
  for (const job of outdated) {
    const { id: jobId, version } = job
    const connector = connectors.find(({ name }) => name === job.connector)
    const steps = connector ? await stepsToReplay(db, tenantId, connector, job) : []
    const outcome = await applyTo(db, runtime, { tenantId, jobId, steps })
    if (outcome.pending === null) await db.query(tenant(tenantId), APPLIED, [jobId, version])
    applied.push(outcome)
  }
  return applied
}

interface OutdatedJob {
  readonly id: number
  readonly connector: string
  readonly integration: number
  /** The version of the configuration that its rows were last made with, and that of today. */
  readonly applied: number
  readonly version: number
}

/**
 * Names of the steps whose rows depend on what changed. A change that left no trace in the rows of today, such as one of a
 * kind that the connector no longer has, may have been of any kind.
 */
async function stepsToReplay(
  db: Database,
  tenantId: number,
  { entities, steps }: Connector,
  { integration, applied }: OutdatedJob,
): Promise<readonly string[]> {
  const edited = entities.filter((entity) => entity.edited !== undefined)
  const changed = new Set<string>()
  for (const { name } of edited) {
    /** $1 integration · $2 version */
    const sql = `SELECT FROM ${identifier(name)} WHERE integration_id = $1 AND source_seq > $2 LIMIT 1`
    if ((await db.query(tenant(tenantId), sql, [integration, applied])).length > 0) changed.add(name)
  }
  const counts = (name: string): boolean => changed.size === 0 || changed.has(name)
  return steps
    .filter(({ reads }) => reads.some(({ edited, name }) => edited !== undefined && counts(name)))
    .map(({ name }) => name)
}

async function applyTo(
  db: Database,
  runtime: Pick<Runtime, 'startRun'>,
  request: { readonly tenantId: number; readonly jobId: number; readonly steps: readonly string[] },
): Promise<AppliedConfiguration> {
  const { jobId, steps } = request
  const coverage = steps.length === 0 ? [] : await replayCoverage(db, request)
  if (!coverage.some(({ records }) => records > 0)) return { jobId, run: null, pending: null }
  try {
    const [replayed] = await replay(db, runtime, request)
    return { jobId, run: replayed?.run ?? null, pending: null }
  } catch (error) {
    if (!isMillraceError(error) || error.code !== 'RUN_REFUSED') throw error
    return { jobId, run: null, pending: error.message }
  }
}

const EVERY_MS = 15_000

/**
 * Applies what people configured while a run was under way, as a chore of workers. Whoever comes second finds the job
 * running, and nothing is done twice.
 *
 * @param options.runtime a function, since a runtime is made with its chores
 * @example createRuntime({ …, chores: [applyConfigurationChore(db, { connectors, runtime: () => runtime })] })
 */
export function applyConfigurationChore(
  db: Database,
  options: {
    readonly connectors: readonly Connector[]
    readonly runtime: () => Pick<Runtime, 'startRun'>
    /** @default 15_000 */
    readonly everyMs?: number
  },
): Chore {
  const { connectors, runtime, everyMs = EVERY_MS } = options
  return {
    name: 'apply the configuration',
    everyMs,
    async run() {
      for (const { id } of await db.query<{ id: number }>(ENGINE, 'SELECT id FROM tenants ORDER BY id')) {
        await applyConfiguration(db, runtime(), { connectors, tenantId: id })
      }
    },
  }
}
