import { z } from 'zod'

import { defineRoutes } from './route.ts'
import { run, runDetails } from './runs.ts'
import { bigId, bigIdText, count, done, id, idParams, idText, json, label, moment, time } from './scalars.ts'

export const OVERALLS = ['READY', 'RUNNING', 'FINISHED', 'FAILED'] as const
export const overall = z.enum(OVERALLS)
const stageState = z.enum(['idle', 'running', 'finished', 'failed'])

/** The document of `etl_jobs.status`, as it is announced. */
export const jobStatus = z.object({
  overall,
  /** Grows with every change; of two documents, the greater one is the newer. */
  revision: count,
  open_dead_letters: count,
  steps: z.record(
    z.string(),
    z.object({
      order: count,
      display_name: z.string(),
      extraction: stageState,
      transform: stageState,
      embedding: stageState,
    }),
  ),
})
export type JobStatus = z.output<typeof jobStatus>

const minutes = z.int().min(1).max(525_600)
const schedule = { schedule_interval_minutes: minutes, retry_interval_minutes: minutes }
const RETRY_SOONER = { path: ['retry_interval_minutes'], message: 'must be less than schedule_interval_minutes' }

const facts = {
  id,
  job_name: z.string(),
  connector: z.string(),
  /** False when no program has the connector: then the job cannot be activated. */
  connector_registered: z.boolean(),
  status: overall,
  status_detail: jobStatus,
  active: z.boolean(),
  ...schedule,
  integration_id: id.nullable(),
  last_run_id: bigId.nullable(),
  last_run_started_at: time.nullable(),
  last_run_finished_at: time.nullable(),
  /** Null when it is not due at all. */
  next_run_at: time.nullable(),
  error_message: z.string().nullable(),
  /** Why it did not run the last time that it was due. */
  schedule_note: z.string().nullable(),
  retry_count: count,
}

export const jobCard = z.object({
  ...facts,
  integration_name: z.string().nullable(),
  integration_type: z.string().nullable(),
  integration_active: z.boolean().nullable(),
  integration_logo_filename: z.string().nullable(),
})
export type JobCard = z.output<typeof jobCard>

export const jobDetails = jobCard.extend({
  created_at: time,
  last_updated_at: time,
  /** How far its steps have come, for people. */
  checkpoint_data: json.nullable(),
})
export type JobDetails = z.output<typeof jobDetails>

const jobName = label
const connector = z.string().regex(/^[a-z][a-z0-9_]{0,58}$/, 'must be a snake_case name')
const runParams = z.strictObject({ id: idText, run_id: bigIdText })

/** How a run is to be, when it differs from what schedules start. */
export const runOptions = z.strictObject({
  full_sync: z.boolean().optional(),
  /** @default full when `full_sync`, otherwise incremental */
  mode: z.enum(['incremental', 'full', 'backfill', 'custom_fields', 'replay']).optional(),
  /** The window of a backfill. */
  from: moment.optional(),
  to: moment.optional(),
  /** Only these steps. */
  steps: z.array(z.string().max(100)).min(1).max(50).optional(),
  batch_size: z.int().min(1).max(10_000).optional(),
  include_custom_fields: z.boolean().optional(),
  include_dev_status: z.boolean().optional(),
  allow_deletions: z.boolean().optional(),
  priority: z.int().min(1).max(10).optional(),
})

export const jobRoutes = defineRoutes({
  listJobs: {
    method: 'GET',
    path: '/app/etl/jobs',
    summary: 'List the jobs, by name',
    tag: 'jobs',
    role: 'user',
    response: z.array(jobCard),
  },
  createJob: {
    method: 'POST',
    path: '/app/etl/jobs',
    summary: 'Add a job',
    tag: 'jobs',
    role: 'admin',
    body: z
      .strictObject({
        job_name: jobName,
        connector,
        integration_id: id.nullable().default(null),
        schedule_interval_minutes: minutes.default(360),
        retry_interval_minutes: minutes.default(15),
        active: z.boolean().default(false),
      })
      .refine((job) => job.retry_interval_minutes < job.schedule_interval_minutes, RETRY_SOONER),
    status: 201,
    response: jobDetails,
  },
  showJob: {
    method: 'GET',
    path: '/app/etl/jobs/:id',
    summary: 'Show a job with its checkpoint',
    tag: 'jobs',
    role: 'user',
    params: idParams,
    response: jobDetails,
  },
  updateJob: {
    method: 'PUT',
    path: '/app/etl/jobs/:id',
    summary: 'Change a job’s name, or the account that it reads; another account is read from its beginning',
    tag: 'jobs',
    role: 'admin',
    params: idParams,
    body: z.strictObject({ job_name: jobName.optional(), integration_id: id.nullable().optional() }),
    response: jobDetails,
  },
  runJobNow: {
    method: 'POST',
    path: '/app/etl/jobs/:id/run-now',
    summary: 'Start a run now; 409 while one is under way',
    tag: 'jobs',
    role: 'operator',
    params: idParams,
    body: runOptions.default({}),
    status: 202,
    response: done.extend({ job_id: id, run_id: bigId }),
  },
  setJobSettings: {
    method: 'POST',
    path: '/app/etl/jobs/:id/settings',
    summary: 'Say how often a job runs, and how soon again after a failure',
    tag: 'jobs',
    role: 'operator',
    params: idParams,
    body: z
      .strictObject(schedule)
      .refine((given) => given.retry_interval_minutes < given.schedule_interval_minutes, RETRY_SOONER),
    response: done.extend({ job_id: id, ...schedule }),
  },
  toggleJob: {
    method: 'POST',
    path: '/app/etl/jobs/:id/toggle-active',
    summary: 'Switch a job on or off; off, its run is cancelled. Without a body, it becomes what it was not',
    tag: 'jobs',
    role: 'operator',
    params: idParams,
    body: z.strictObject({ active: z.boolean().optional() }).default({}),
    response: done.extend({ job_id: id, active: z.boolean() }),
  },
  resetJob: {
    method: 'PUT',
    path: '/app/etl/jobs/:id/status',
    summary: 'Make a job READY: its run is cancelled, failures are forgotten, checkpoints stay',
    tag: 'jobs',
    role: 'operator',
    params: idParams,
    body: z.strictObject({ status: z.literal('READY') }),
    response: done.extend({ job_id: id, status: overall }),
  },
  listRuns: {
    method: 'GET',
    path: '/app/etl/jobs/:id/runs',
    summary: 'List a job’s runs, the newest first',
    tag: 'jobs',
    role: 'user',
    params: idParams,
    query: z.strictObject({
      limit: z.coerce.number<number>().int().min(1).max(500).default(50),
      /** Only runs before this one: the last of the page before. */
      before: bigIdText.optional(),
    }),
    response: z.array(run),
  },
  showRun: {
    method: 'GET',
    path: '/app/etl/jobs/:id/runs/:run_id',
    summary: 'Show a run with its stages and what failed in it',
    tag: 'jobs',
    role: 'user',
    params: runParams,
    response: runDetails,
  },
  cancelRun: {
    method: 'POST',
    path: '/app/etl/jobs/:id/runs/:run_id/cancel',
    summary: 'End a run early; checkpoints stay',
    tag: 'jobs',
    role: 'operator',
    params: runParams,
    response: done,
  },
})
