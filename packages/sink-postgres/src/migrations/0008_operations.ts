import type { Migration } from './migration.ts'
import { engineTable, tenantTable } from './tenant-table.ts'

/** A dead row that people asked to be tried again waits for the next run. */
const REQUEUED = `
  ALTER TABLE etl_job_queue ADD requeued_at timestamptz;
  CREATE INDEX etl_job_queue_dead ON etl_job_queue (tenant_id, id) WHERE status = 'dead';
  CREATE INDEX etl_job_queue_dead_raw ON etl_job_queue (((payload ->> 'raw_id')::bigint)) WHERE status = 'dead'`

/** `complete_from`, on the last page of a read of a whole unit, is the sequence of that read's first page. */
const RAW_COVERAGE = `
  ALTER TABLE raw_extraction_data ADD whole boolean NOT NULL DEFAULT false, ADD complete_from bigint;
  CREATE INDEX raw_extraction_data_complete ON raw_extraction_data (job_id, entity_type, md5(external_id), complete_from)
    WHERE complete_from IS NOT NULL;
  CREATE INDEX raw_extraction_data_of_integration ON raw_extraction_data (integration_id, source_seq)`

/** Raw records that were pruned by age although nothing newer replaced them: what a replay cannot cover. */
const RAW_GAPS = `
  CREATE TABLE raw_gaps (
    tenant_id integer NOT NULL REFERENCES tenants (id),
    integration_id integer NOT NULL,
    job_id integer NOT NULL REFERENCES etl_jobs (id) ON DELETE CASCADE,
    step text NOT NULL,
    unit_hash text NOT NULL,
    unit_key text,
    records bigint NOT NULL,
    newest_seq bigint NOT NULL,
    PRIMARY KEY (job_id, step, unit_hash)
  )`

const WORKER_ORDERS = `
  ALTER TABLE workers ADD desired text NOT NULL DEFAULT 'work' CHECK (desired IN ('work', 'drain', 'restart'))`

/** Which process did a regular task last, so that one of many does it. */
const CHORES = `
  CREATE TABLE chores (
    name text PRIMARY KEY,
    started_at timestamptz NOT NULL
  )`

/** What people need who operate it: requeued dead letters, replay, retention, orders to workers. */
export const operations: Migration = {
  version: 8,
  name: 'operations',
  async up(tx) {
    for (const statement of [REQUEUED, RAW_COVERAGE, RAW_GAPS, WORKER_ORDERS, CHORES]) {
      await tx.query(statement)
    }
    await tenantTable(tx, 'raw_gaps', { engine: false })
    await engineTable(tx, 'chores')
  },
  async down(tx) {
    await tx.query(`
      DROP TABLE chores, raw_gaps;
      ALTER TABLE workers DROP desired;
      DROP INDEX raw_extraction_data_of_integration;
      ALTER TABLE raw_extraction_data DROP whole, DROP complete_from;
      DROP INDEX etl_job_queue_dead, etl_job_queue_dead_raw;
      ALTER TABLE etl_job_queue DROP requeued_at`)
  },
}
