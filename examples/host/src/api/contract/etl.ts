import { z } from 'zod'
import { jobCard, jobStatus, overall, runOptions } from './jobs.ts'
import { rawDetails, rawInput, rawRecord } from './raw-data.ts'
import { defineRoutes } from './route.ts'
import { bigId, bigIdParams, bigIdText, done, id, idParams, idText, line } from './scalars.ts'

/** The interface for other services, under names that they know. */
export const etlRoutes = defineRoutes({
  triggerPipeline: {
    method: 'POST',
    path: '/api/v1/etl/trigger-pipeline',
    summary:
      'Start a run of the job that reads an account; `entity_type` names a step, or a connector for all of its steps',
    tag: 'etl',
    role: 'operator',
    body: z.strictObject({
      entity_type: line(100).min(1),
      integration_id: id,
      payload: runOptions.omit({ steps: true, priority: true }).default({}),
      priority: z.int().min(1).max(10).default(5),
    }),
    status: 202,
    response: z.object({ status: z.literal('success'), message: z.string(), job_id: id, run_id: bigId }),
  },
  storeRawData: {
    method: 'POST',
    path: '/api/v1/etl/raw-data',
    summary: 'Store a record that was received elsewhere, and have it transformed; 409 while a run is under way',
    tag: 'etl',
    role: 'operator',
    body: rawInput,
    largestBodyBytes: 4 * 1_024 * 1_024,
    status: 202,
    response: done.extend({ id: bigId, job_id: id, run_id: bigId }),
  },
  listRawData: {
    method: 'GET',
    path: '/api/v1/etl/raw-data',
    summary: 'List raw records, the newest first, without their bodies',
    tag: 'etl',
    role: 'user',
    query: z.strictObject({
      entity_type: line(100).optional(),
      integration_id: idText.optional(),
      run_id: bigIdText.optional(),
      limit: z.coerce.number<number>().int().min(1).max(500).default(50),
      before: bigIdText.optional(),
    }),
    response: z.object({ raw_data: z.array(rawRecord), next: bigId.nullable() }),
  },
  showRawData: {
    method: 'GET',
    path: '/api/v1/etl/raw-data/:id',
    summary: 'Show a raw record with what was received',
    tag: 'etl',
    role: 'user',
    params: bigIdParams,
    response: rawDetails,
  },
  listEtlJobs: {
    method: 'GET',
    path: '/api/v1/etl/jobs',
    summary: 'List the jobs, by name',
    tag: 'etl',
    role: 'user',
    response: z.array(jobCard),
  },
  showEtlJobStatus: {
    method: 'GET',
    path: '/api/v1/etl/jobs/:id/status',
    summary: 'Tell how a job is',
    tag: 'etl',
    role: 'user',
    params: idParams,
    response: z.object({ job_id: id, status: overall, status_detail: jobStatus }),
  },
})
