import type { StartOptions } from '@millrace/core'
import { errorTable } from '@millrace/core'
import {
  createJob,
  type IntegrationFacts,
  type JobState,
  listIntegrations,
  listJobs,
  listRuns,
  readRunDetails,
  resetJob,
  setJobActive,
  updateJob,
} from '@millrace/sink-postgres'
import type { z } from 'zod'
import type { Api } from '../api.ts'
import type { jobRoutes, runOptions } from '../contract/jobs.ts'
import type { Handlers } from '../handlers.ts'
import { found } from '../not-found.ts'
import { toWire } from '../to-wire.ts'

/** Jobs and their runs. */
export function jobHandlers(api: Api): Pick<Handlers, keyof typeof jobRoutes> {
  const { db, runtime, connectors } = api
  const names = connectors.map(({ name }) => name)
  const show = async (tenantId: number, jobId: number) => {
    const [[job], integrations] = await Promise.all([
      listJobs(db, { tenantId, jobId }),
      listIntegrations(db, { tenantId }),
    ])
    return detailsOf(found(job, 'job', jobId), integrations, names)
  }
  const ofJob = async (tenantId: number, jobId: number, runId: number) => {
    const run = await readRunDetails(db, { tenantId, runId })
    return found(run?.jobId === jobId ? run : undefined, 'run', runId)
  }
  return {
    listJobs: async ({ caller }) => listCards(api, caller.tenantId),
    async createJob({ caller: { tenantId }, body }) {
      const jobId = await createJob(db, {
        tenantId,
        name: body.job_name,
        connector: body.connector,
        integrationId: body.integration_id,
        scheduleIntervalMinutes: body.schedule_interval_minutes,
        retryIntervalMinutes: body.retry_interval_minutes,
        active: false,
      })
      if (body.active) await setJobActive(db, { tenantId, jobId, active: true, connectors: names })
      return show(tenantId, jobId)
    },
    showJob: async ({ caller, params }) => show(caller.tenantId, params.id),
    async updateJob({ caller: { tenantId }, params: { id: jobId }, body }) {
      const { job_name: name, integration_id: integrationId } = body
      const changes = { ...(name !== undefined && { name }), ...(integrationId !== undefined && { integrationId }) }
      await show(tenantId, jobId)
      await updateJob(db, { tenantId, jobId, changes })
      return show(tenantId, jobId)
    },
    async runJobNow({ caller, params: { id: jobId }, body }) {
      const { runId } = await runtime.startRun({ tenantId: caller.tenantId, jobId, ...startOptions(body) })
      return { success: true, message: `Run ${runId} started.`, job_id: jobId, run_id: runId }
    },
    async setJobSettings({ caller: { tenantId }, params: { id: jobId }, body }) {
      await show(tenantId, jobId)
      const changes = {
        scheduleIntervalMinutes: body.schedule_interval_minutes,
        retryIntervalMinutes: body.retry_interval_minutes,
      }
      await updateJob(db, { tenantId, jobId, changes })
      return { success: true, message: 'The settings are saved.', job_id: jobId, ...body }
    },
    async toggleJob({ caller: { tenantId }, params: { id: jobId }, body }) {
      const active = body.active ?? !(await show(tenantId, jobId)).active
      found((await setJobActive(db, { tenantId, jobId, active, connectors: names })) || undefined, 'job', jobId)
      return { success: true, message: `The job is ${active ? 'on' : 'off'}.`, job_id: jobId, active }
    },
    async resetJob({ caller: { tenantId }, params: { id: jobId } }) {
      found((await resetJob(db, { tenantId, jobId })) || undefined, 'job', jobId)
      return { success: true, message: 'The job is READY.', job_id: jobId, status: 'READY' }
    },
    async listRuns({ caller: { tenantId }, params: { id: jobId }, query: { limit, before } }) {
      await show(tenantId, jobId)
      const runs = await listRuns(db, { tenantId, jobId, limit, ...(before !== undefined && { before }) })
      return runs.map((run) => ({ ...toWire(run), options: { ...run.options } }))
    },
    async showRun({ caller, params }) {
      const { stages, failures, warnings, ...run } = await ofJob(caller.tenantId, params.id, params.run_id)
      return {
        ...toWire(run),
        options: { ...run.options },
        stages: stages.map(toWire),
        failures: failures.map((failure) => ({ ...toWire(failure), remedy: remedyOf(failure.code) })),
        warnings: warnings.map((warning) => ({ ...warning })),
      }
    },
    async cancelRun({ caller: { tenantId }, params }) {
      await ofJob(tenantId, params.id, params.run_id)
      await runtime.cancelRun({ tenantId, runId: params.run_id })
      return { success: true, message: `Run ${params.run_id} is cancelled.` }
    },
  }
}

/** The jobs of a tenant as cards, by name. */
export async function listCards({ db, connectors }: Api, tenantId: number) {
  const [jobs, integrations] = await Promise.all([listJobs(db, { tenantId }), listIntegrations(db, { tenantId })])
  const names = connectors.map(({ name }) => name)
  return jobs
    .map((job) => detailsOf(job, integrations, names))
    .sort((a, b) => a.job_name.localeCompare(b.job_name) || a.id - b.id)
}

/** What to do about errors of a code. */
export function remedyOf(code: string): string | null {
  return code in errorTable ? errorTable[code as keyof typeof errorTable].remedy : null
}

/** How a run is to be, in the words of the SDK. */
export function startOptions(given: z.output<typeof runOptions>): Omit<StartOptions, 'tenantId' | 'jobId'> {
  const { from, to, steps, priority } = given
  return {
    mode: given.mode ?? (given.full_sync ? 'full' : 'incremental'),
    ...(from && to && { backfill: { from, to } }),
    ...(steps && { steps }),
    ...(priority !== undefined && { priority }),
    ...(given.batch_size !== undefined && { batchSize: given.batch_size }),
    ...(given.include_custom_fields !== undefined && { includeCustomFields: given.include_custom_fields }),
    ...(given.include_dev_status !== undefined && { includeDevStatus: given.include_dev_status }),
    ...(given.allow_deletions !== undefined && { allowDeletions: given.allow_deletions }),
  }
}

function detailsOf(job: JobState, integrations: readonly IntegrationFacts[], connectors: readonly string[]) {
  const { name, overall, status, checkpoint, tenantId: _, ...facts } = job
  const integration = integrations.find(({ id }) => id === job.integrationId)
  return {
    ...toWire(facts),
    job_name: name,
    status: overall,
    status_detail: { ...status, steps: { ...status.steps } },
    checkpoint_data: checkpoint,
    connector_registered: connectors.includes(job.connector),
    integration_name: integration?.name ?? null,
    integration_type: integration?.type ?? null,
    integration_active: integration?.active ?? null,
    integration_logo_filename: integration?.logoFilename ?? null,
  }
}
