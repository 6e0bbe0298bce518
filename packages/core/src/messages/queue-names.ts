import type { JobType } from '../completion/run-graph.ts'

/** What a tenant pays for; picks the queues its work travels through. */
export const TIERS = ['free', 'basic', 'premium', 'enterprise'] as const
export type Tier = (typeof TIERS)[number]

/** Planning of steps, of all tiers: it is short, and decides when everything else may begin. */
export const JOBS_QUEUE = 'etl.jobs'

/** Where others ask for a sync of custom fields; no row of ours travels through it. */
export const CUSTOM_FIELDS_QUEUE = 'etl.custom_fields'

/** The queue through which a row travels. */
export function queueName(jobType: JobType, tier: Tier): string {
  switch (jobType) {
    case 'plan':
      return JOBS_QUEUE
    case 'extract':
      return `extraction_queue_${tier}`
    case 'transform':
      return `transform_queue_${tier}`
    case 'embed':
      return `embedding_queue_${tier}`
  }
}

/** The queues through which rows of a kind travel, of all tiers. */
export function queuesOf(jobType: JobType): readonly string[] {
  return [...new Set(TIERS.map((tier) => queueName(jobType, tier)))]
}

/** The name of an outbox's queue. */
export function outboxQueueName({ jobType, tier }: { readonly jobType: JobType; readonly tier: Tier | null }): string {
  return queueName(jobType, tier ?? 'free')
}
