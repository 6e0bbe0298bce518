import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWNER } from '../database/access.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { migrate, rollback } from './migrate.ts'

describe.each(scratchKinds(process.env.DATABASE_URL))('schedules and history on $name', (kind) => {
  let db: ScratchDatabase
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db, { to: 5 })
    await db.transaction(OWNER, (tx) =>
      tx.query(
        `INSERT INTO tenants (name) VALUES ('old');
       INSERT INTO integrations (tenant_id, name) SELECT id, 'site' FROM tenants;
       INSERT INTO etl_jobs (tenant_id, integration_id, job_name, connector, active, next_run_at)
       SELECT t.id, CASE WHEN served THEN i.id END, jobs.name, 'jira', jobs.active, due
         FROM tenants t, integrations i, (VALUES ('ran', true, true, timestamptz '2025-01-01T00:00:00Z'),
           ('new', true, true, NULL), ('off', true, false, now()), ('lonely', false, true, now()))
           AS jobs (name, served, active, due)`,
      ),
    )
    await migrate(db)
  })
  afterAll(() => db.close())

  const jobs = async () => {
    const rows = await db.query<{ job_name: string; next_run_at: Date | null; status: object }>(
      OWNER,
      'SELECT job_name, next_run_at, status FROM etl_jobs',
    )
    return new Map(rows.map((row) => [row.job_name, row]))
  }

  test('jobs that can run are due, the others are not, and each tells its dead rows', async () => {
    const found = await jobs()
    expect(found.get('ran')).toMatchObject({ next_run_at: new Date('2025-01-01T00:00:00Z') })
    expect(found.get('new')?.next_run_at).toBeInstanceOf(Date)
    expect([found.get('off')?.next_run_at, found.get('lonely')?.next_run_at]).toEqual([null, null])
    expect([...found.values()].map(({ status }) => status)).toEqual(
      Array(4).fill({ overall: 'READY', revision: 0, open_dead_letters: 0, steps: {} }),
    )
  })

  test('going back removes runs of modes that older programs do not know', async () => {
    await db.query(
      OWNER,
      `INSERT INTO etl_runs (tenant_id, job_id, integration_id, connector, graph, mode, options, priority, max_attempts, state)
       SELECT tenant_id, id, integration_id, connector, '{}', mode, '{}', 5, 5, 'finished'
         FROM etl_jobs, unnest(ARRAY['full', 'backfill']) AS mode WHERE job_name = 'ran'`,
    )
    // What is under way in such a mode must not leave its job running for ever; what older programs know goes on.
    await db.query(
      OWNER,
      `WITH going AS (
         INSERT INTO etl_runs (tenant_id, job_id, integration_id, connector, graph, mode, options, priority, max_attempts)
         SELECT j.tenant_id, j.id, i.id, j.connector, '{}', CASE j.job_name WHEN 'new' THEN 'replay' ELSE 'full' END, '{}', 5, 5
           FROM etl_jobs j, integrations i WHERE j.job_name IN ('new', 'lonely') RETURNING job_id
       )
       UPDATE etl_jobs SET status = status || '{"overall": "RUNNING"}' WHERE id IN (SELECT job_id FROM going)`,
    )
    while ((await rollback(db))[0] !== 7);
    expect((await jobs()).get('lonely')?.status).toMatchObject({ overall: 'RUNNING' })
    await db.query(OWNER, `DELETE FROM etl_runs WHERE state = 'running'`)
    expect(await db.query(OWNER, 'SELECT mode FROM etl_runs')).toEqual([{ mode: 'full' }])
    expect((await jobs()).get('new')?.status).toEqual({ overall: 'READY', revision: 0, steps: {} })
    await migrate(db)
  })
})
