import type { Migration } from './migration.ts'

/** What a worker takes and does, for the list of workers; and limits that make sense. */
export const workerLoad: Migration = {
  version: 9,
  name: 'worker_load',
  async up(tx) {
    await tx.query(`
      ALTER TABLE workers
        ADD COLUMN rss_bytes bigint NOT NULL DEFAULT 0,
        ADD COLUMN peak_rss_bytes bigint NOT NULL DEFAULT 0,
        ADD COLUMN at_work integer NOT NULL DEFAULT 0,
        ADD COLUMN capacity integer NOT NULL DEFAULT 0;
      ALTER TABLE integration_limits
        ADD CHECK (concurrency > 0), ADD CHECK (remaining >= 0)`)
  },
  async down(tx) {
    await tx.query(`
      ALTER TABLE integration_limits
        DROP CONSTRAINT integration_limits_concurrency_check, DROP CONSTRAINT integration_limits_remaining_check;
      ALTER TABLE workers DROP COLUMN rss_bytes, DROP COLUMN peak_rss_bytes, DROP COLUMN at_work, DROP COLUMN capacity`)
  },
}
