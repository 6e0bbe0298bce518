import type { Tx } from '../database/database.ts'
import type { Migration } from './migration.ts'

const MODES = `'incremental', 'full', 'backfill', 'custom_fields', 'replay'`

/**
 * What a run came to, written when it ends; until then its steps tell. `schedule_note` says why a job that was due did not
 * run; `next_run_at` is null when it is not due at all.
 */
export const schedulesAndHistory: Migration = {
  version: 7,
  name: 'schedules_and_history',
  async up(tx) {
    await tx.query(`
      ALTER TABLE etl_runs DROP CONSTRAINT etl_runs_mode_check;
      ALTER TABLE etl_runs ADD CONSTRAINT etl_runs_mode_check CHECK (mode IN (${MODES}));
      ALTER TABLE etl_runs
        ADD duration_ms bigint GENERATED ALWAYS AS
          ((extract(epoch FROM finished_at - started_at) * 1000)::bigint) STORED,
        ADD api_calls bigint,
        ADD bytes_received bigint,
        ADD rows_written bigint,
        ADD rows_removed bigint,
        ADD dead_rows bigint,
        ADD embeddings_queued bigint,
        ADD embedded bigint,
        ADD peak_memory_bytes bigint;
      CREATE INDEX etl_runs_of_tenant ON etl_runs (tenant_id, id);
      ALTER TABLE etl_run_steps
        ADD embeddings_queued bigint NOT NULL DEFAULT 0,
        ADD peak_memory_bytes bigint NOT NULL DEFAULT 0;
      ALTER TABLE etl_jobs
        ADD schedule_note text,
        ALTER status SET DEFAULT '{"overall": "READY", "revision": 0, "open_dead_letters": 0, "steps": {}}'`)
    // Inactive jobs are not due, and active ones with an integration are, until they ran.
    await asEngine(
      tx,
      `UPDATE etl_jobs SET status = status || jsonb_build_object('open_dead_letters', (
         SELECT count(*) FROM etl_job_queue q WHERE q.job_id = etl_jobs.id AND q.status = 'dead'));
       UPDATE etl_jobs SET next_run_at = CASE
         WHEN active AND integration_id IS NOT NULL THEN coalesce(next_run_at, millrace_now()) END`,
    )
  },
  async down(tx) {
    // A run of a mode that is unknown then goes, also if it is under way: its job must not wait for its end.
    await asEngine(
      tx,
      `UPDATE etl_jobs SET status = status - 'open_dead_letters';
       UPDATE etl_jobs SET status = status || '{"overall": "READY"}' WHERE id IN (
         SELECT job_id FROM etl_runs WHERE state = 'running' AND mode NOT IN ('incremental', 'full'));
       DELETE FROM etl_runs WHERE mode NOT IN ('incremental', 'full')`,
    )
    await tx.query(`
      ALTER TABLE etl_jobs DROP schedule_note, ALTER status SET DEFAULT '{"overall": "READY", "revision": 0, "steps": {}}';
      ALTER TABLE etl_run_steps DROP peak_memory_bytes, DROP embeddings_queued;
      DROP INDEX etl_runs_of_tenant;
      ALTER TABLE etl_runs DROP duration_ms, DROP api_calls, DROP bytes_received, DROP rows_written, DROP rows_removed,
        DROP dead_rows, DROP embeddings_queued, DROP embedded, DROP peak_memory_bytes;
      ALTER TABLE etl_runs DROP CONSTRAINT etl_runs_mode_check;
      ALTER TABLE etl_runs ADD CONSTRAINT etl_runs_mode_check CHECK (mode IN ('incremental', 'full'))`)
  },
}

/** The role that sees rows of all tenants: row security is forced, and the connected one need not be a superuser. */
async function asEngine(tx: Tx, statements: string): Promise<void> {
  await tx.query(`SET LOCAL ROLE millrace_engine; ${statements}; RESET ROLE`)
}
