import type { z } from 'zod'
import type { JobStatus, jobCard, jobDetails } from '../../api/contract/jobs.ts'
import type { JobProgress } from '../../api/contract/live.ts'
import type { run, runDetails } from '../../api/contract/runs.ts'
import { minutesFromNow } from './canned-time.ts'

type Stage = JobStatus['steps'][string]['extraction']
const step = (
  order: number,
  display_name: string,
  [extraction, transform, embedding]: readonly [Stage, Stage, Stage],
) => ({
  order,
  display_name,
  extraction,
  transform,
  embedding,
})
const DONE = ['finished', 'finished', 'finished'] as const

const common = {
  connector_registered: true,
  active: true,
  last_run_id: 12,
  last_run_started_at: minutesFromNow(-7),
  last_run_finished_at: minutesFromNow(-190),
  schedule_note: null,
  error_message: null,
  retry_count: 0,
  integration_active: true,
}

/** By name, as the API lists them. */
export const CANNED_JOBS: z.input<typeof jobCard>[] = [
  {
    ...common,
    id: 1,
    job_name: 'GitHub',
    connector: 'github',
    status: 'FAILED',
    status_detail: {
      overall: 'FAILED',
      revision: 18,
      open_dead_letters: 3,
      steps: {
        github_repositories: step(1, 'Repositories', DONE),
        github_prs: step(2, 'Pull requests', ['failed', 'finished', 'finished']),
      },
    },
    schedule_interval_minutes: 240,
    retry_interval_minutes: 15,
    integration_id: 2,
    integration_name: 'Acme on GitHub',
    integration_type: 'github',
    integration_logo_filename: 'github.svg',
    next_run_at: minutesFromNow(12),
    error_message:
      'Failed to read 3 of 41 repositories: the token was refused (401). Create a new token and store it in the integration.',
    retry_count: 2,
  },
  {
    ...common,
    id: 4,
    job_name: 'Handbook',
    connector: 'wiki',
    status: 'FINISHED',
    status_detail: {
      overall: 'FINISHED',
      revision: 31,
      open_dead_letters: 0,
      steps: { wiki_spaces: step(1, 'Spaces', DONE), wiki_pages: step(2, 'Pages & Versions', DONE) },
    },
    schedule_interval_minutes: 1_440,
    retry_interval_minutes: 30,
    integration_id: 3,
    integration_name: 'Acme Wiki',
    integration_type: 'wiki',
    integration_logo_filename: null,
    next_run_at: minutesFromNow(1_250),
  },
  {
    ...common,
    id: 2,
    job_name: 'Jira',
    connector: 'jira',
    status: 'RUNNING',
    status_detail: {
      overall: 'RUNNING',
      revision: 7,
      open_dead_letters: 0,
      steps: {
        jira_projects_and_issue_types: step(1, 'Projects & Types', DONE),
        jira_statuses_and_relationships: step(2, 'Statuses & Relations', ['finished', 'finished', 'running']),
        jira_issues_with_changelogs: step(3, 'Issues & Changelogs', ['running', 'running', 'running']),
        jira_dev_status: step(4, 'Development Status', ['idle', 'idle', 'idle']),
      },
    },
    schedule_interval_minutes: 360,
    retry_interval_minutes: 15,
    integration_id: 1,
    integration_name: 'Acme Jira',
    integration_type: 'jira',
    integration_logo_filename: 'jira.svg',
    next_run_at: minutesFromNow(353),
  },
  {
    ...common,
    id: 3,
    job_name: 'WEX AD',
    connector: 'wex_ad',
    connector_registered: false,
    active: false,
    status: 'READY',
    status_detail: { overall: 'READY', revision: 0, open_dead_letters: 0, steps: {} },
    schedule_interval_minutes: 720,
    retry_interval_minutes: 15,
    integration_id: null,
    integration_name: null,
    integration_type: null,
    integration_active: null,
    integration_logo_filename: null,
    last_run_id: null,
    last_run_started_at: null,
    last_run_finished_at: null,
    next_run_at: null,
  },
]

/** The newest first. */
export const CANNED_RUNS: z.input<typeof run>[] = Array.from({ length: 14 }, (_, index) => ({
  run_id: 24 - index,
  job_id: 1,
  job_name: 'GitHub',
  integration_id: 2,
  connector: 'github',
  mode: index === 13 ? ('full' as const) : ('incremental' as const),
  options: {},
  state: index === 0 ? ('failed' as const) : ('finished' as const),
  started_at: minutesFromNow(-7 - index * 240),
  finished_at: minutesFromNow(-4 - index * 240),
  duration_ms: 94_000 + (index % 4) * 21_000 + (index === 13 ? 900_000 : 0),
  api_calls: 310 + (index % 5) * 60,
  bytes_received: 48_200_000,
  rows_written: 2_100 + (index % 3) * 800,
  rows_removed: 4,
  dead_rows: index === 0 ? 3 : 0,
  embeddings_queued: 900,
  embedded: 900,
  peak_memory_bytes: 141_000_000,
}))

const CHECKPOINTS: Readonly<Record<string, z.input<typeof jobDetails>['checkpoint_data']>> = {
  wiki: {
    last_sync_date: minutesFromNow(-192),
    steps: { wiki_pages: { units: 12, oldest: minutesFromNow(-192), newest: minutesFromNow(-190) } },
    unfinished: [{ step: 'wiki_pages', unit: 'ENG', cursor: { page: 7, since: '2026-11-30' } }],
  },
  jira: {
    last_sync_date: minutesFromNow(-372),
    steps: {
      jira_issues_with_changelogs: { units: 3, oldest: minutesFromNow(-372), newest: minutesFromNow(-366) },
      jira_dev_status: { units: 3, oldest: minutesFromNow(-365), newest: minutesFromNow(-362) },
    },
    unfinished: [],
  },
  github: {
    last_sync_date: minutesFromNow(-245),
    steps: { github_prs: { units: 41, oldest: minutesFromNow(-245), newest: minutesFromNow(-9) } },
    unfinished: [
      {
        step: 'github_prs',
        unit: 'R_kgDOH7wq3Q',
        cursor: { phase: 'updated', last_pr_cursor: 'Y3Vyc29yOnYyOpK5MjAyNi0xMS0', page_size: 25, head: null },
      },
    ],
  },
}

export function cannedJob(id: number): z.input<typeof jobDetails> {
  const job = CANNED_JOBS.find((each) => each.id === id)
  if (!job) throw new Error(`Failed to find job ${id}: it is not canned.`)
  return {
    ...job,
    created_at: minutesFromNow(-90_000),
    last_updated_at: minutesFromNow(-5),
    checkpoint_data: CHECKPOINTS[job.connector] ?? null,
  }
}

/** Of the steps of a job, in the middle of its work. */
export function cannedRun(jobId: number): z.input<typeof runDetails> {
  const [first] = CANNED_RUNS
  if (!first) throw new Error('Failed to find a run: none is canned.')
  const steps = Object.entries(cannedJob(jobId).status_detail.steps)
  return {
    ...first,
    stages: steps.flatMap(([name, { display_name, extraction, transform, embedding }]) =>
      Object.entries({ extraction, transform, embedding }).map(([stage, state]) => {
        const planned = { idle: 0, running: 41, finished: 41, failed: 41 }[state]
        const dead = state === 'failed' ? 3 : 0
        return {
          step: name,
          display_name,
          stage: stage as 'extraction' | 'transform' | 'embedding',
          state,
          planned,
          done: state === 'running' ? 17 : planned - dead,
          dead,
        }
      }),
    ),
    failures:
      jobId === 1
        ? [
            {
              step: 'github_prs',
              job_type: 'extract',
              code: 'CREDENTIALS_REJECTED',
              count: 3,
              message: 'Failed to read acme/api: the token was refused (401).',
              remedy: 'Create a new token and store it in the integration.',
            },
          ]
        : [],
    warnings:
      jobId === 2
        ? [
            {
              step: 'jira_boards',
              about: 'Boards',
              message: 'They are closed to this token, so those that were read before stay as they are.',
            },
          ]
        : [],
  }
}

const UNDER_WAY = { state: 'running', planned: 41, dead: 0 } as const

/** How far the run of the canned Jira job is. */
export const CANNED_PROGRESS: JobProgress = {
  type: 'job_progress',
  tenant_id: 1,
  job_id: 2,
  run_id: 12,
  counters: [
    { ...UNDER_WAY, step: 'jira_statuses_and_relationships', stage: 'embedding', done: 34 },
    { ...UNDER_WAY, step: 'jira_issues_with_changelogs', stage: 'extraction', done: 29 },
    { ...UNDER_WAY, step: 'jira_issues_with_changelogs', stage: 'transform', done: 22 },
    { ...UNDER_WAY, step: 'jira_issues_with_changelogs', stage: 'embedding', done: 9 },
  ],
  totals: { api_calls: 318, rows_written: 48_210, rows_removed: 0, embeddings_queued: 3_020, embedded: 11_400 },
}
