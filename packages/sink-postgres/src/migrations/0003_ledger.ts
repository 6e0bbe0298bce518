import type { Migration } from './migration.ts'
import { giveBack, setAside } from './set-aside.ts'
import { engineTable, tenantTable } from './tenant-table.ts'

/** Where tables of the older product stay; `down` gives them back. */
const BEFORE = '_before_0003'

const ID = 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY'
const TENANT = 'integer NOT NULL REFERENCES tenants (id)'
const NOW = 'timestamptz NOT NULL DEFAULT millrace_now()'

/** `revision` is that of the status document when this run last wrote it. */
const CREATE_RUNS = `
  CREATE TABLE etl_runs (
    id ${ID},
    tenant_id ${TENANT},
    job_id integer NOT NULL REFERENCES etl_jobs (id) ON DELETE CASCADE,
    integration_id integer NOT NULL REFERENCES integrations (id),
    connector text NOT NULL,
    graph jsonb NOT NULL,
    mode text NOT NULL CHECK (mode IN ('incremental', 'full')),
    options jsonb NOT NULL,
    priority integer NOT NULL,
    max_attempts integer NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed', 'cancelled')),
    revision bigint NOT NULL DEFAULT 0,
    started_at ${NOW},
    finished_at timestamptz
  );
  -- A job never overlaps itself, whatever the program does.
  CREATE UNIQUE INDEX etl_runs_running ON etl_runs (job_id) WHERE state = 'running';
  CREATE INDEX etl_runs_of_job ON etl_runs (job_id, id)`

/**
 * Totals live beside the counters that every commit moves anyway, so that a page never locks its run. A row is updated
 * by every commit of its stage: half-empty pages keep those updates from touching the index.
 */
const CREATE_RUN_STEPS = `
  CREATE TABLE etl_run_steps (
    run_id bigint NOT NULL REFERENCES etl_runs (id) ON DELETE CASCADE,
    tenant_id ${TENANT},
    step text NOT NULL,
    stage text NOT NULL CHECK (stage IN ('plan', 'extraction', 'transform', 'embedding')),
    state text NOT NULL DEFAULT 'idle' CHECK (state IN ('idle', 'running', 'finished', 'failed')),
    planned integer NOT NULL DEFAULT 0,
    done integer NOT NULL DEFAULT 0,
    dead integer NOT NULL DEFAULT 0,
    api_calls bigint NOT NULL DEFAULT 0,
    bytes_received bigint NOT NULL DEFAULT 0,
    rows_written bigint NOT NULL DEFAULT 0,
    rows_removed bigint NOT NULL DEFAULT 0,
    embedded bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, step, stage),
    CHECK (done + dead <= planned)
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0)`

/**
 * The committed_* pair names the last commit, for a worker that lost its connection while it committed. Settled rows are
 * in no index but the key's, and live only until their run is closed.
 */
const CREATE_QUEUE = `
  CREATE TABLE etl_job_queue (
    id ${ID},
    tenant_id ${TENANT},
    integration_id integer NOT NULL,
    job_id integer NOT NULL,
    run_id bigint NOT NULL REFERENCES etl_runs (id) ON DELETE CASCADE,
    parent_id bigint,
    step text NOT NULL,
    job_type text NOT NULL CHECK (job_type IN ('plan', 'extract', 'transform', 'embed')),
    entity_type text NOT NULL GENERATED ALWAYS AS (step) STORED,
    unit_key text,
    payload jsonb NOT NULL,
    priority integer NOT NULL DEFAULT 5,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'leased', 'done', 'dead', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5,
    retry_count integer GENERATED ALWAYS AS (greatest(attempts - 1, 0)) STORED,
    max_retries integer GENERATED ALWAYS AS (max_attempts - 1) STORED,
    cursor jsonb NOT NULL DEFAULT 'null',
    cursor_seq integer NOT NULL DEFAULT 0,
    window_since timestamptz,
    window_until timestamptz,
    worker_id text,
    lease_token bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    committed_token bigint,
    committed_seq integer,
    error_code text,
    error_transient boolean,
    error_details jsonb,
    created_at ${NOW},
    scheduled_at ${NOW},
    published_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
  CREATE UNIQUE INDEX etl_job_queue_key ON etl_job_queue (run_id, step, job_type, unit_key) WHERE unit_key IS NOT NULL;
  CREATE INDEX etl_job_queue_due ON etl_job_queue (job_type, priority, scheduled_at, id) WHERE status = 'pending';
  CREATE INDEX etl_job_queue_unpublished ON etl_job_queue (job_type, priority, scheduled_at, id)
    WHERE status = 'pending' AND published_at IS NULL;
  CREATE INDEX etl_job_queue_leased ON etl_job_queue (id) WHERE status = 'leased';
  CREATE INDEX etl_job_queue_debt ON etl_job_queue (job_id, run_id, id) WHERE status IN ('dead', 'cancelled')`

/** The body is compressed already: EXTERNAL keeps PostgreSQL from trying again. */
const CREATE_RAW = `
  CREATE TABLE raw_extraction_data (
    id ${ID},
    tenant_id ${TENANT},
    integration_id integer NOT NULL REFERENCES integrations (id),
    job_id integer NOT NULL,
    run_id bigint NOT NULL,
    queue_id bigint NOT NULL,
    cursor_seq integer NOT NULL,
    source_seq bigint NOT NULL,
    entity_type text NOT NULL,
    type text NOT NULL GENERATED ALWAYS AS (entity_type) STORED,
    external_id text,
    raw_data jsonb,
    raw_body bytea,
    payload_size bigint NOT NULL,
    sha256 bytea NOT NULL,
    connector_version text NOT NULL,
    transform_version integer NOT NULL,
    extraction_metadata jsonb NOT NULL,
    processing_status text NOT NULL DEFAULT 'pending' CHECK (processing_status IN ('pending', 'processed', 'failed')),
    error_details jsonb,
    created_at ${NOW},
    extracted_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
    processed_at timestamptz,
    UNIQUE (queue_id, cursor_seq),
    CHECK (num_nonnulls(raw_data, raw_body) = 1)
  );
  ALTER TABLE raw_extraction_data ALTER raw_body SET STORAGE EXTERNAL;
  CREATE INDEX raw_extraction_data_of_tenant ON raw_extraction_data (tenant_id, entity_type, id);
  CREATE INDEX raw_extraction_data_pending ON raw_extraction_data (tenant_id, id) WHERE processing_status <> 'processed';
  CREATE INDEX raw_extraction_data_external_id ON raw_extraction_data (tenant_id, external_id)`

const CREATE_WATERMARKS = `
  CREATE TABLE unit_watermarks (
    tenant_id ${TENANT},
    job_id integer NOT NULL REFERENCES etl_jobs (id) ON DELETE CASCADE,
    step text NOT NULL,
    unit_key text NOT NULL,
    until timestamptz NOT NULL,
    updated_at ${NOW},
    PRIMARY KEY (job_id, step, unit_key)
  )`

const CREATE_WORKERS = `
  CREATE TABLE workers (
    id text PRIMARY KEY,
    roles text[] NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    started_at ${NOW},
    last_seen_at ${NOW}
  ) WITH (fillfactor = 50)`

/** What is known of a provider's budget, shared by all processes. `budget` is 'extraction' or 'embedding'. */
const CREATE_LIMITS = `
  CREATE TABLE integration_limits (
    integration_id integer NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    tenant_id ${TENANT},
    budget text NOT NULL CHECK (budget IN ('extraction', 'embedding')),
    blocked_until timestamptz,
    concurrency integer,
    remaining integer,
    resets_at timestamptz,
    updated_at ${NOW},
    PRIMARY KEY (integration_id, budget)
  ) WITH (fillfactor = 50)`

/** Runs, the rows of work that they consist of, what workers received, and where they are. */
export const ledger: Migration = {
  version: 3,
  name: 'ledger',
  async up(tx) {
    for (const table of ['etl_job_queue', 'raw_extraction_data']) await setAside(tx, table, BEFORE)
    for (const create of [
      CREATE_RUNS,
      CREATE_RUN_STEPS,
      CREATE_QUEUE,
      CREATE_RAW,
      CREATE_WATERMARKS,
      CREATE_WORKERS,
      CREATE_LIMITS,
    ]) {
      await tx.query(create)
    }
    for (const table of ['etl_runs', 'etl_run_steps', 'etl_job_queue', 'unit_watermarks', 'integration_limits']) {
      await tenantTable(tx, table, { engine: true })
    }
    await tenantTable(tx, 'raw_extraction_data', { engine: false })
    await engineTable(tx, 'workers')
  },
  async down(tx) {
    await tx.query(`
      DROP TABLE integration_limits, workers, unit_watermarks, raw_extraction_data, etl_job_queue, etl_run_steps, etl_runs`)
    for (const table of ['etl_job_queue', 'raw_extraction_data']) await giveBack(tx, table, BEFORE)
  },
}
