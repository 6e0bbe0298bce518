import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { bigId, bigIdParams, bigIdText, count, flagText, id, idText, json, jsonObject, line, time } from './scalars.ts'

const queueFacts = z.object({
  /** Rows that are due and that nobody works on. */
  messages: count,
  /** Rows that wait for their time: a retry, a rate limit. */
  delayed: count,
  /** Rows that somebody works on. */
  unacknowledged: count,
  consumers: count,
  oldest_age_seconds: z.number(),
})

export const queueHealth = z.object({
  job_queue: queueFacts,
  transform_queue: queueFacts,
  vectorization_queue: queueFacts,
  dead_letter_queue: z.object({ messages: count, oldest_age_seconds: z.number() }),
  worker_status: z.object({
    alive: count,
    silent: count,
    at_work: count,
    capacity: count,
    peak_memory_bytes: count,
  }),
  schedule_lag_seconds: z.number(),
  /** The queues of the tenant's tier, and those that all share. Numbers of the broker are null without one. */
  queues: z.array(
    z.object({
      queue: z.string(),
      messages: count.nullable(),
      consumers: count.nullable(),
    }),
  ),
})
export type QueueHealth = z.output<typeof queueHealth>

export const JOB_TYPES = ['plan', 'extract', 'transform', 'embed'] as const

export const deadLetter = z.object({
  id: bigId,
  job_id: id,
  job_name: z.string(),
  run_id: bigId,
  integration_id: id,
  step: z.string(),
  job_type: z.enum(JOB_TYPES),
  code: z.string(),
  message: z.string(),
  /** What to do about it. */
  remedy: z.string().nullable(),
  /** Such debt is adopted by the next run by itself. */
  transient: z.boolean(),
  attempts: count,
  unit: json.nullable(),
  raw_id: bigId.nullable(),
  items: z.array(count).nullable(),
  died_at: time.nullable(),
  requeued_at: time.nullable(),
})
export type DeadLetter = z.output<typeof deadLetter>

export const deadLetterDetails = deadLetter.extend({
  payload: jsonObject,
  context: jsonObject,
  max_attempts: count,
  /** The bodies of the raw record with the bad items only, when they were asked for. */
  record: z.array(json).nullable(),
})
export type DeadLetterDetails = z.output<typeof deadLetterDetails>

const filters = {
  job_id: idText.optional(),
  run_id: bigIdText.optional(),
  integration_id: idText.optional(),
  step: line(100).optional(),
  job_type: z.enum(JOB_TYPES).optional(),
  code: line(100).optional(),
}

/** Which dead letters are meant: those of these ids, or all that the filter lets through. */
export const deadLetterChoice = z
  .strictObject({
    ids: z.array(bigId).min(1).max(1_000).optional(),
    job_id: id.optional(),
    run_id: bigId.optional(),
    integration_id: id.optional(),
    step: line(100).optional(),
    job_type: z.enum(JOB_TYPES).optional(),
    code: line(100).optional(),
    transient: z.boolean().optional(),
    /** Says that all are meant, when nothing else is named. */
    all: z.literal(true).optional(),
    /** Kept in the audit log. */
    reason: line(500).optional(),
  })
  .refine(({ reason: _, ...rest }) => Object.keys(rest).length > 0, 'must name ids, a filter, or all')

export const queueRoutes = defineRoutes({
  queueHealth: {
    method: 'GET',
    path: '/app/etl/queues/health',
    summary: 'Tell what waits, what failed and who works',
    tag: 'queues',
    role: 'user',
    response: queueHealth,
  },
  listDeadLetters: {
    method: 'GET',
    path: '/app/etl/queues/dead-letters',
    summary: 'List what was given up, oldest first',
    tag: 'queues',
    role: 'user',
    query: z.strictObject({
      ...filters,
      transient: flagText.optional(),
      limit: z.coerce.number<number>().int().min(1).max(500).default(100),
      after: bigIdText.optional(),
    }),
    response: z.object({ dead_letters: z.array(deadLetter), next: bigId.nullable() }),
  },
  showDeadLetter: {
    method: 'GET',
    path: '/app/etl/queues/dead-letters/:id',
    summary: 'Show a dead letter with its payload, and its record when asked for',
    tag: 'queues',
    role: 'user',
    params: bigIdParams,
    query: z.strictObject({ record: flagText.optional() }),
    response: deadLetterDetails,
  },
  requeueDeadLetters: {
    method: 'POST',
    path: '/app/etl/queues/dead-letters/requeue',
    summary: 'Have dead letters tried again, with fresh attempts',
    tag: 'queues',
    role: 'operator',
    body: deadLetterChoice,
    response: z.object({
      /** Taken over by the run of their job that is under way. */
      adopted: count,
      /** Left for the next run, which is due at once. */
      waiting: count,
    }),
  },
  discardDeadLetters: {
    method: 'POST',
    path: '/app/etl/queues/dead-letters/discard',
    summary: 'Give dead letters up for good',
    tag: 'queues',
    role: 'operator',
    body: deadLetterChoice,
    response: z.object({ discarded: count }),
  },
})
