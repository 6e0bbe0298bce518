import type { Migration } from './migration.ts'

/**
 * Which rows keep a raw record: dead ones and those that a cancelled run left. How long a row was made to wait since it last
 * made progress. How patient each worker is with the others, so that whoever lists workers need not be told.
 */
export const upkeep: Migration = {
  version: 11,
  name: 'upkeep',
  async up(tx) {
    await tx.query(`
      DROP INDEX etl_job_queue_dead_raw;
      CREATE INDEX etl_job_queue_left_raw ON etl_job_queue (((payload ->> 'raw_id')::bigint))
        WHERE job_type = 'transform' AND status IN ('dead', 'cancelled');
      ALTER TABLE etl_job_queue ADD waited_ms bigint NOT NULL DEFAULT 0;
      ALTER TABLE workers ADD stale_after_ms integer NOT NULL DEFAULT 20000`)
  },
  async down(tx) {
    await tx.query(`
      ALTER TABLE workers DROP stale_after_ms;
      ALTER TABLE etl_job_queue DROP waited_ms;
      DROP INDEX etl_job_queue_left_raw;
      CREATE INDEX etl_job_queue_dead_raw ON etl_job_queue (((payload ->> 'raw_id')::bigint)) WHERE status = 'dead'`)
  },
}
