import type { z } from 'zod'
import { ROUTES, type RouteName, type Routes } from '../../api/contract/routes.ts'
import { CANNED_CONFIGURATION } from './canned-configuration.ts'
import { CANNED_JOBS, CANNED_RUNS, cannedJob, cannedRun } from './canned-jobs.ts'
import { CANNED_PEOPLE } from './canned-people.ts'
import { CANNED_NOW, minutesFromNow } from './canned-time.ts'

type Answer<Name extends RouteName> = z.input<Routes[Name]['response']>

/** What the contract says that a route answers, as it goes over the wire; by the id in its path, where that matters. */
export type Answers = { readonly [Name in RouteName]?: Answer<Name> | ((id: number) => Answer<Name>) }

/** The answer of a route for a path with this id. */
export function answerOf(answers: Answers, name: RouteName, id: number): unknown {
  const found: unknown = answers[name]
  return typeof found === 'function' ? found(id) : found
}

const deadLetter = {
  id: 4711,
  job_id: 2,
  job_name: 'Jira',
  run_id: 12,
  integration_id: 1,
  step: 'jira_issues_with_changelogs',
  job_type: 'transform' as const,
  code: 'RECORD_REJECTED',
  message:
    'Failed to transform record 88123: BEX-7997 has no field "updated". Ask the site’s administrator to restore it.',
  remedy: 'Restore the field, then requeue.',
  transient: false,
  attempts: 3,
  unit: { project: 'BEX' },
  raw_id: 88_123,
  items: [4],
  died_at: minutesFromNow(-34),
  requeued_at: null,
}
const queue = { messages: 12_408, delayed: 8, unacknowledged: 16, consumers: 4, oldest_age_seconds: 74 }
const spread = (count: number, hours: number) => ({
  count,
  mean: hours * 4_000,
  p50: hours * 3_600,
  p85: hours * 7_900,
  p95: hours * 12_000,
})
const weeks = Array.from({ length: 12 }, (_, index) =>
  new Date(CANNED_NOW - (11 - index) * 604_800_000).toISOString().slice(0, 10),
)

const FLOW_STATUSES = [
  ['To Do', 'To Do'],
  ['Open', 'To Do'],
  ['In Progress', 'In Progress'],
  ['In Review', 'In Progress'],
  ['Waiting for release', 'In Progress'],
  ['Blocked', 'In Progress'],
  ['Done', 'Done'],
  ['Resolved', 'Done'],
  ['Closed', 'Done'],
] as const

/** A tenant whose Jira run is under way and whose GitHub run failed. */
export const CANNED_ANSWERS: Answers = {
  me: {
    id: 1,
    email: 'ada@example.com',
    display_name: 'Ada Lovelace',
    role: 'admin',
    tenant_id: 1,
    tenant_name: 'Example Works',
    tenant_logo_filename: null,
  },
  createTicket: { ticket: 'one-time', expires_at: minutesFromNow(1) },
  listJobs: CANNED_JOBS,
  listRuns: CANNED_RUNS,
  showJob: cannedJob,
  showRun: cannedRun,
  ...CANNED_CONFIGURATION,
  ...CANNED_PEOPLE,
  checkIntegration: {
    ok: false,
    account: null,
    notes: [],
    error: {
      code: 'CREDENTIALS_REJECTED',
      message: 'Failed to log in at https://acme.example.com: the token was refused (401).',
      remedy: 'Create a new token and store it here.',
    },
  },
  queueHealth: {
    job_queue: { ...queue, messages: 214 },
    transform_queue: queue,
    vectorization_queue: { ...queue, messages: 3_020 },
    dead_letter_queue: { messages: 1, oldest_age_seconds: 2_040 },
    worker_status: { alive: 4, silent: 1, at_work: 16, capacity: 32, peak_memory_bytes: 187_000_000 },
    schedule_lag_seconds: 0,
    queues: [{ queue: 'extraction_queue_premium', messages: 214, consumers: 4 }],
  },
  listDeadLetters: {
    dead_letters: [
      deadLetter,
      {
        ...deadLetter,
        id: 4712,
        code: 'RATE_LIMITED',
        transient: true,
        message: 'Failed to read acme/api: GitHub allows no more calls for 40 minutes.',
      },
    ],
    next: null,
  },
  showDeadLetter: {
    ...deadLetter,
    payload: { raw_id: 88_123, items: [4] },
    context: { key: 'BEX-7997' },
    max_attempts: 3,
    record: null,
  },
  requeueDeadLetters: { adopted: 1, waiting: 0 },
  listWorkers: (['working', 'draining', 'gone'] as const).map((state, index) => ({
    id: `w${index}`,
    roles: ['extract', 'transform', 'embed'],
    host: `worker-${index + 1}`,
    pid: 4_000 + index,
    version: '0.1.0',
    started_at: minutesFromNow(-600),
    last_seen_at: minutesFromNow(state === 'gone' ? -9 : 0),
    desired: state === 'draining' ? ('drain' as const) : ('work' as const),
    rows: 4 - index * 2,
    state,
  })),
  listCollections: [
    { profile: 'offline-hash-384-v1', serving: true, configured: true, points: 48_211, dimensions: 384 },
  ],
  estimateModelChange: { rows: 80_000, documents: 79_400, chunks: 96_422, tokens: 14_200_000 },
  listVectorTasks: [
    {
      kind: 'reconcile',
      state: 'running',
      started_at: minutesFromNow(-2),
      finished_at: null,
      progress: { rows: 12_000, embedded: 40 },
      report: null,
      error: null,
    },
  ],
  vectorCoverage: {
    profile: 'offline-hash-384-v1',
    entities: ['work_items', 'prs'].map((entity, index) => ({
      entity,
      integration_id: index + 1,
      rows: 40_000,
      embedded: 37_200 - index * 9_000,
      pending: 2_800,
      failed: 0,
      missing: 0,
      wordless: 0,
      orphans: 2,
      chunks: 48_211,
      last_embedded_at: minutesFromNow(-1),
      last_error: null,
    })),
  },
  search: {
    hits: [
      {
        row_id: 'r1',
        entity: 'work_items',
        score: 0.812,
        text: 'BEX-12 Payment fails after the third retry when the card issuer answers slowly',
        payload: {},
      },
    ],
    profile: 'offline-hash-384-v1',
    mode: 'hybrid',
    semantic: false,
  },
  timeInsights: {
    lead: spread(412, 190),
    cycle: spread(412, 62),
    periods: weeks.map((period, index) => ({
      period,
      lead: spread(30, 150 + (index % 4) * 24),
      cycle: spread(30, 50 + (index % 3) * 12),
    })),
  },
  throughputInsights: weeks.map((period, index) => ({
    period,
    created: 30 + (index % 5) * 4,
    completed: 26 + (index % 4) * 6,
  })),
  flowInsights: {
    statuses: FLOW_STATUSES.map(([name, category], index) => ({ id: `s${index}`, name, category })),
    days: weeks.map((day, index) => ({
      day,
      counts: [
        ...[90 - index * 3, 34, 40 + (index % 3) * 5],
        ...[22 + (index % 4) * 3, 14 + (index % 2) * 4, 11, 30 + index * 21, 12 + index * 9, 8 + index * 4],
      ],
    })),
  },
  reviewInsights: {
    first_review: spread(240, 5),
    merge: spread(240, 31),
    periods: weeks.map((period, index) => ({
      period,
      merged: 20,
      first_review: spread(20, 4 + (index % 3)),
      merge: spread(20, 26 + (index % 5) * 3),
    })),
  },
}

const NOTHING = { count: 0, mean: null, p50: null, p85: null, p95: null }

/** Nothing was configured, and nothing ran. */
export const EMPTY_ANSWERS: Answers = {
  ...CANNED_ANSWERS,
  listJobs: [],
  listAuditLog: [],
  listUsers: CANNED_PEOPLE.listUsers.slice(0, 1),
  listIntegrations: [],
  listWorkers: [],
  listCollections: [],
  listVectorTasks: [],
  vectorCoverage: { profile: null, entities: [] },
  listDeadLetters: { dead_letters: [], next: null },
  timeInsights: { lead: NOTHING, cycle: NOTHING, periods: [] },
  throughputInsights: [],
  flowInsights: { statuses: [], days: [] },
  reviewInsights: { first_review: NOTHING, merge: NOTHING, periods: [] },
}

/** @throws ZodError when what is canned is not what the contract says */
export function assertContract(answers: Answers): void {
  for (const name of Object.keys(answers) as RouteName[]) ROUTES[name].response.parse(answerOf(answers, name, 1))
}
