import type { Migration } from './migration.ts'

/**
 * What claims and the relay look rows up by. Both go through the running runs and take the first rows of each, so that one
 * index serves both and the number of rows behind the first ones does not matter. What a broker has is in an index of its
 * own, which stays empty without a broker; so are deaths that are still to be announced.
 */
export const outbox: Migration = {
  version: 6,
  name: 'outbox',
  async up(tx) {
    await tx.query(`
      ALTER TABLE etl_job_queue ADD COLUMN announced_at timestamptz;
      DROP INDEX etl_job_queue_due, etl_job_queue_unpublished;
      CREATE INDEX etl_job_queue_lane ON etl_job_queue (run_id, job_type, priority, scheduled_at, id)
        WHERE status = 'pending';
      CREATE INDEX etl_job_queue_published ON etl_job_queue (job_type, published_at, id)
        WHERE status = 'pending' AND published_at IS NOT NULL;
      CREATE INDEX etl_job_queue_unannounced ON etl_job_queue (completed_at, id)
        WHERE status = 'dead' AND (announced_at IS NULL OR announced_at < completed_at)
          AND error_code IS DISTINCT FROM 'STEP_STOPPED'`)
  },
  async down(tx) {
    await tx.query(`
      DROP INDEX etl_job_queue_lane, etl_job_queue_published, etl_job_queue_unannounced;
      ALTER TABLE etl_job_queue DROP COLUMN announced_at;
      CREATE INDEX etl_job_queue_due ON etl_job_queue (job_type, priority, scheduled_at, id) WHERE status = 'pending';
      CREATE INDEX etl_job_queue_unpublished ON etl_job_queue (job_type, priority, scheduled_at, id)
        WHERE status = 'pending' AND published_at IS NULL`)
  },
}
