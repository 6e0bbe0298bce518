import type { JobType } from '../completion/run-graph.ts'

/** What a tenant pays for; picks the queues its work travels through. */
export const TIERS = ['free', 'basic', 'premium', 'enterprise'] as const
export type Tier = (typeof TIERS)[number]

/** Planning of steps, of all tiers: it is short, and decides when everything else may begin. */
const JOBS_QUEUE = 'etl.jobs'

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
