import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tenant } from '../database/access.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { createIntegration, rotateKeys, updateIntegration } from './integrations.ts'
import { listJobs } from './job-states.ts'
import { createJob, updateJob } from './jobs.ts'
import { postgresJobStore } from './postgres-job-store.ts'
import { secretsFromKey } from './secrets.ts'
import { seedTenant } from './seed-tenant.ts'
import { setJobActive } from './switch-jobs.ts'

const OLD = { id: '2023', key: randomBytes(32) }
const NEW = { id: '2024', key: randomBytes(32) }
const TOKEN = 'a-token-that-nobody-may-see'

describe.each(scratchKinds(process.env.DATABASE_URL))('jobs and integrations on $name', (kind) => {
  let db: ScratchDatabase
  let tenantId: number
  let stranger: number
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    tenantId = await seedTenant(db, { name: 'Apple', tier: 'premium' })
    stranger = await seedTenant(db, { name: 'Google' })
  })
  afterAll(() => db.close())

  const tracker = (secrets = secretsFromKey(OLD)) =>
    createIntegration(db, {
      secrets,
      tenantId,
      name: 'Tracker',
      type: 'jira',
      baseUrl: 'https://tracker.example',
      username: 'me@tracker.example',
      credentials: { apiToken: TOKEN },
      settings: { projects: ['A'] },
    })

  test('an integration comes back as its connector wants it, and not for another tenant', async () => {
    const id = await tracker()
    const store = postgresJobStore(db, { secrets: secretsFromKey(OLD) })
    expect(await store.integration(tenantId, id)).toEqual({
      id,
      tenantId,
      name: 'Tracker',
      active: true,
      config: { baseUrl: 'https://tracker.example', username: 'me@tracker.example', apiToken: TOKEN, projects: ['A'] },
    })
    expect(await store.integration(stranger, id)).toBeUndefined()
  })

  test('a change names what changes and leaves the rest', async () => {
    const id = await tracker()
    const secrets = secretsFromKey(OLD)
    const changes = { username: null, settings: { projects: [] } }
    expect(await updateIntegration(db, { secrets, tenantId, integrationId: id, changes })).toBe(true)
    expect(await updateIntegration(db, { secrets, tenantId: stranger, integrationId: id, changes })).toBe(false)
    const config = { baseUrl: 'https://tracker.example', apiToken: TOKEN, projects: [] }
    expect(await postgresJobStore(db, { secrets }).integration(tenantId, id)).toMatchObject({ config, active: true })
  })

  test('credentials are not readable in the database, nor in what goes wrong with them', async () => {
    const id = await tracker()
    const [row] = await db.query<{ whole: string; credentials: Buffer }>(
      tenant(tenantId),
      'SELECT i::text AS whole, credentials FROM integrations i WHERE id = $1',
      [id],
    )
    expect(row?.whole).not.toContain(TOKEN)
    expect(row?.credentials.toString('latin1')).not.toContain(TOKEN)
    const wrong = secretsFromKey({ id: OLD.id, key: randomBytes(32) })
    const missing = secretsFromKey(NEW)
    for (const secrets of [wrong, missing]) {
      const failure = postgresJobStore(db, { secrets }).integration(tenantId, id)
      await expect(failure).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
      await expect(failure).rejects.toThrow(`Failed to open the credentials of integration ${id}`)
    }
  })

  test('credentials that are copied to another integration do not open there', async () => {
    const [one, two] = [await tracker(), await tracker()]
    await db.query(
      tenant(tenantId),
      'UPDATE integrations SET credentials = (SELECT credentials FROM integrations WHERE id = $1) WHERE id = $2',
      [one, two],
    )
    const store = postgresJobStore(db, { secrets: secretsFromKey(OLD) })
    await expect(store.integration(tenantId, two)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })

  test('after a rotation the old key is not needed any more', async () => {
    await db.query(tenant(tenantId), 'UPDATE etl_jobs SET integration_id = NULL')
    await db.query(tenant(tenantId), 'DELETE FROM integrations')
    const id = await tracker(secretsFromKey(OLD))
    await tracker(secretsFromKey(NEW))
    const both = secretsFromKey(NEW, OLD)
    expect(await rotateKeys(db, both)).toBe(1)
    expect(await rotateKeys(db, both)).toBe(0)
    const store = postgresJobStore(db, { secrets: secretsFromKey(NEW) })
    expect((await store.integration(tenantId, id))?.config).toMatchObject({ apiToken: TOKEN })
  })

  test('a tenant is seeded once with four jobs, whoever seeds it', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => seedTenant(db, { name: 'WEX', tier: 'basic' })))
    expect(new Set(ids).size).toBe(1)
    const jobs = await db.query(
      tenant(ids[0] ?? 0),
      `SELECT job_name, connector, schedule_interval_minutes AS schedule, retry_interval_minutes AS retry, active, overall
         FROM etl_jobs ORDER BY job_name`,
    )
    expect(jobs).toEqual([
      { job_name: 'GitHub', connector: 'github', schedule: 240, retry: 15, active: true, overall: 'READY' },
      { job_name: 'Jira', connector: 'jira', schedule: 360, retry: 15, active: true, overall: 'READY' },
      { job_name: 'WEX AD', connector: 'wex_ad', schedule: 720, retry: 15, active: false, overall: 'READY' },
      { job_name: 'WEX Fabric', connector: 'wex_fabric', schedule: 1440, retry: 15, active: false, overall: 'READY' },
    ])
  })

  test('a seeded job waits for an account of its connector, takes the first one, and is due', async () => {
    const own = await seedTenant(db, { name: 'Newcomer' })
    const jira = async () => (await listJobs(db, { tenantId: own })).find(({ connector }) => connector === 'jira')
    expect(await jira()).toMatchObject({ active: true, integrationId: null, nextRunAt: null })
    const account = { secrets: secretsFromKey(OLD), tenantId: own, name: 'Site', type: 'jira' }
    const id = await createIntegration(db, account)
    await createIntegration(db, { ...account, name: 'Second site' })
    expect(await jira()).toMatchObject({ integrationId: id, nextRunAt: expect.any(Date) })
    const inactive = (await listJobs(db, { tenantId: own })).filter(({ active }) => !active)
    expect(inactive.map(({ nextRunAt }) => nextRunAt)).toEqual([null, null])
  })

  test('what was skipped is tried again when its account is changed', async () => {
    const own = await seedTenant(db, { name: 'Mender' })
    const secrets = secretsFromKey(OLD)
    const integrationId = await createIntegration(db, { secrets, tenantId: own, name: 'Site', type: 'jira' })
    const store = postgresJobStore(db, { secrets })
    const claims = await store.claimDue({ connectors: ['jira'], limit: 100, holdMs: 60_000 })
    const claim = claims.find(({ job }) => job.tenantId === own)
    if (!claim) throw new Error('the job is not due')
    const state = async () => (await listJobs(db, { tenantId: own, jobId: claim.job.id }))[0]
    await store.skip(claim, { note: 'The key is unknown.', soon: true })
    expect(await state()).toMatchObject({ scheduleNote: 'The key is unknown.' })
    const due = await state()
    await updateIntegration(db, {
      secrets,
      tenantId: own,
      integrationId,
      changes: { credentials: { apiToken: TOKEN } },
    })
    const again = await state()
    expect(again?.scheduleNote).toBeNull()
    expect(again?.nextRunAt?.getTime()).toBeLessThan(due?.nextRunAt?.getTime() ?? 0)
  })

  test('a job comes back, changes, and refuses what cannot be', async () => {
    const integrationId = await tracker()
    const jobId = await createJob(db, { tenantId, name: 'Second Jira', connector: 'jira', integrationId: null })
    const store = postgresJobStore(db, { secrets: secretsFromKey(OLD) })
    expect(await store.job(stranger, jobId)).toBeUndefined()
    const changes = { integrationId, scheduleIntervalMinutes: 60 }
    expect(await updateJob(db, { tenantId, jobId, changes })).toBe(true)
    expect(await updateJob(db, { tenantId: stranger, jobId, changes: { name: 'stolen' } })).toBe(false)
    expect(await store.job(tenantId, jobId)).toEqual({
      id: jobId,
      tenantId,
      name: 'Second Jira',
      connector: 'jira',
      integrationId,
      active: true,
      scheduleIntervalMinutes: 60,
      retryIntervalMinutes: 15,
    })
    const wrong = [{ retryIntervalMinutes: 60 }, { retryIntervalMinutes: 0 }, { integrationId: 999_999 }]
    for (const change of wrong) {
      await expect(updateJob(db, { tenantId, jobId, changes: change })).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
      })
    }
    const borrowed = { tenantId: stranger, name: 'Borrowed', connector: 'jira', integrationId }
    await expect(createJob(db, borrowed)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })

  test('a job that is given another integration reads it from its beginning', async () => {
    const [first, second] = [await tracker(), await tracker()]
    const jobId = await createJob(db, { tenantId, name: 'Moved', connector: 'jira', integrationId: first })
    const mark = `INSERT INTO unit_watermarks (tenant_id, job_id, step, unit_key, until) VALUES ($1, $2, 's', 'u', now())`
    await db.query(tenant(tenantId), mark, [tenantId, jobId])
    const marks = () => db.query(tenant(tenantId), 'SELECT FROM unit_watermarks WHERE job_id = $1', [jobId])
    await updateJob(db, { tenantId, jobId, changes: { name: 'Still the same', integrationId: first } })
    await setJobActive(db, { tenantId, jobId, active: false, connectors: [] })
    expect(await marks()).toHaveLength(1)
    await updateJob(db, { tenantId, jobId, changes: { integrationId: second } })
    expect(await marks()).toEqual([])
  })
})
