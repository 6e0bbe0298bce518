import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINE, OWNER, tenant } from '../database/access.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { migrate, rollback } from './migrate.ts'

/** The older product's tables as migration 0005 of that product found them, with what orchestrated jobs leave behind. */
const OLDER_PRODUCT = `
  CREATE TABLE tenants (id SERIAL PRIMARY KEY, name VARCHAR NOT NULL, active BOOLEAN DEFAULT TRUE,
    created_at TIMESTAMP DEFAULT NOW(), last_updated_at TIMESTAMP DEFAULT NOW());
  INSERT INTO tenants (name) VALUES ('WEX'), ('Apple'), ('Google');
  CREATE TABLE integrations (id SERIAL PRIMARY KEY, provider VARCHAR NOT NULL, base_url VARCHAR, username VARCHAR,
    password VARCHAR, tenant_id INTEGER NOT NULL REFERENCES tenants(id), active BOOLEAN DEFAULT TRUE);
  INSERT INTO integrations (provider, tenant_id) VALUES ('Jira', 1), ('GitHub', 1);
  CREATE TABLE system_settings (id SERIAL PRIMARY KEY, setting_key VARCHAR NOT NULL, setting_value VARCHAR,
    setting_type VARCHAR DEFAULT 'string', tenant_id INTEGER NOT NULL REFERENCES tenants(id));
  INSERT INTO system_settings (setting_key, setting_value, tenant_id)
    SELECT key, 'true', t.id FROM tenants t, unnest(ARRAY['orchestrator_interval_minutes', 'orchestrator_enabled',
      'orchestrator_retry_enabled', 'orchestrator_retry_interval_minutes', 'jira_sync_enabled', 'github_sync_enabled',
      'max_concurrent_jobs', 'theme']) AS key;
  CREATE TABLE migration_history (id SERIAL PRIMARY KEY, migration_number VARCHAR(10), migration_name VARCHAR);
  INSERT INTO migration_history (migration_number, migration_name) VALUES ('0004', 'initial_seed_data_google');
  CREATE TABLE vectorization_queue (id SERIAL PRIMARY KEY, tenant_id INTEGER);
  CREATE TABLE etl_jobs (id SERIAL PRIMARY KEY, job_name VARCHAR NOT NULL, execution_order INTEGER, status VARCHAR(20),
    integration_id INTEGER REFERENCES integrations(id), last_repo_sync_checkpoint TIMESTAMP,
    repo_processing_queue JSONB, last_pr_cursor VARCHAR, current_pr_node_id VARCHAR, last_commit_cursor VARCHAR,
    last_review_cursor VARCHAR, last_comment_cursor VARCHAR, last_review_thread_cursor VARCHAR,
    last_run_started_at TIMESTAMP, last_success_at TIMESTAMP, error_message TEXT, retry_count INTEGER DEFAULT 0,
    tenant_id INTEGER NOT NULL REFERENCES tenants(id), active BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMP DEFAULT '2024-12-01', last_updated_at TIMESTAMP DEFAULT NOW(), UNIQUE(job_name, tenant_id));
  INSERT INTO etl_jobs (job_name, execution_order, status, tenant_id, integration_id, last_success_at) VALUES
    ('Jira', 1, 'FINISHED', 1, 1, '2025-01-02 03:04:05'), ('Vectorization', 3, 'PENDING', 1, NULL, NULL),
    ('jira', 1, 'PAUSED', 2, NULL, NULL), ('GitHub', 2, 'RUNNING', 2, NULL, NULL), ('vectorization', 3, 'READY', 2, NULL, NULL);
  INSERT INTO etl_jobs (job_name, status, tenant_id, integration_id, error_message, retry_count, last_pr_cursor,
    repo_processing_queue, last_repo_sync_checkpoint) VALUES
    ('GitHub', 'ERROR', 1, 2, 'rate limited', 3, 'Y3Vyc29y', '[{"repo": "a/b"}]', '2025-01-01 00:00:00')`

describe.each(scratchKinds(process.env.DATABASE_URL))('a database of the older product on $name', (kind) => {
  let db: ScratchDatabase
  beforeAll(async () => {
    db = await kind.open()
    await db.transaction(OWNER, (tx) => tx.query(OLDER_PRODUCT))
    await migrate(db, { to: 2 })
  })
  afterAll(() => db.close())

  test('every tenant has its four jobs, and none for vectorization', async () => {
    const counts = await db.query(ENGINE, 'SELECT tenant_id, count(*) AS job_count FROM etl_jobs GROUP BY 1 ORDER BY 1')
    expect(counts).toEqual([1, 2, 3].map((id) => ({ tenant_id: id, job_count: 4 })))
    expect(await db.query(ENGINE, `SELECT * FROM etl_jobs WHERE lower(job_name) = 'vectorization'`)).toEqual([])
  })

  test('the seven settings and the vectorization queue are gone, other settings are not', async () => {
    expect(await db.query(OWNER, 'SELECT DISTINCT setting_key FROM system_settings')).toEqual([
      { setting_key: 'theme' },
    ])
    const queue = `SELECT * FROM information_schema.tables WHERE table_name = 'vectorization_queue'`
    expect(await db.query(OWNER, queue)).toEqual([])
  })

  test('the four statuses remain: what ran is ready, what was paused is inactive', async () => {
    const jobs = await db.query<{ tenant_id: number; job_name: string; overall: string; active: boolean }>(
      ENGINE,
      `SELECT tenant_id, job_name, overall, active FROM etl_jobs WHERE job_name IN ('Jira', 'GitHub') ORDER BY 1, 2`,
    )
    expect(jobs.map((job) => Object.values(job).join(' '))).toEqual([
      '1 GitHub FAILED true',
      '1 Jira FINISHED true',
      '2 GitHub READY true',
      '2 Jira READY false',
      '3 GitHub READY true',
      '3 Jira READY true',
    ])
  })

  test('times, errors, ids and cursors are kept', async () => {
    const [jira] = await db.query(tenant(1), `SELECT * FROM etl_jobs WHERE job_name = 'Jira'`)
    expect(jira).toMatchObject({
      id: 1,
      integration_id: 1,
      connector: 'jira',
      status: { overall: 'FINISHED', revision: 0, steps: {} },
      last_run_finished_at: new Date('2025-01-02T03:04:05Z'),
      created_at: new Date('2024-12-01T00:00:00Z'),
      checkpoint_data: null,
      schedule_interval_minutes: 360,
      retry_interval_minutes: 15,
    })
    const [github] = await db.query(tenant(1), `SELECT * FROM etl_jobs WHERE job_name = 'GitHub'`)
    expect(github).toMatchObject({ error_message: 'rate limited', retry_count: 3, schedule_interval_minutes: 240 })
    expect(github?.checkpoint_data).toEqual({
      last_pr_cursor: 'Y3Vyc29y',
      repo_processing_queue: [{ repo: 'a/b' }],
      last_repo_sync_checkpoint: '2025-01-01T00:00:00',
    })
  })

  test('new jobs are numbered after the old ones', async () => {
    const [{ newest } = { newest: 0 }] = await db.query<{ newest: number }>(
      ENGINE,
      'SELECT max(id) AS newest FROM etl_jobs',
    )
    const insert = `INSERT INTO etl_jobs (tenant_id, job_name, connector) VALUES (3, 'More', 'jira') RETURNING id`
    const [{ id } = { id: 0 }] = await db.query<{ id: number }>(tenant(3), insert)
    expect(id).toBe(newest + 1)
    await db.query(tenant(3), 'DELETE FROM etl_jobs WHERE id = $1', [id])
  })

  test('the old table is kept, its history is set aside, and going back returns both jobs', async () => {
    const [history] = await db.query(OWNER, 'SELECT migration_number FROM migration_history_before_0001')
    expect(history).toEqual({ migration_number: '0004' })
    await rollback(db)
    const [old] = await db.query<{ jobs: number }>(
      OWNER,
      'SELECT count(*) AS jobs FROM etl_jobs WHERE execution_order > 0',
    )
    expect(old?.jobs).toBe(5)
    expect(await migrate(db, { to: 2 })).toEqual([2])
  })
})
