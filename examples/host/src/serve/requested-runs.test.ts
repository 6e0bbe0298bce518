import { CUSTOM_FIELDS_QUEUE, type ExternalRequest, JOBS_QUEUE, type StartOptions } from '@millrace/core'
import {
  createIntegration,
  createJob,
  type Database,
  migrate,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { requestedRuns } from './requested-runs.ts'

let db: Database
let tenantId: number
let integrationId: number
let jobId: number
beforeAll(async () => {
  db = await openStore({ kind: 'memory' })
  await migrate(db)
  tenantId = await seedTenant(db, { name: 'Acme' })
  const secrets = secretsFromKey({ id: 'test', key: Buffer.alloc(32, 1) })
  integrationId = await createIntegration(db, {
    ...{ secrets, tenantId, name: 'Site', type: 'jira', baseUrl: 'https://acme.example.com', credentials: {} },
  })
  jobId = await createJob(db, { tenantId, name: 'Site', connector: 'jira', integrationId })
}, 120_000)
afterAll(() => db.close())

/** What a message starts. */
async function started(queue: typeof JOBS_QUEUE | typeof CUSTOM_FIELDS_QUEUE, given: object): Promise<StartOptions[]> {
  const runs: StartOptions[] = []
  const runtime = {
    startRun: async (options: StartOptions) => {
      runs.push(options)
      return { runId: 1, tenantId, jobId: options.jobId }
    },
  }
  const body: ExternalRequest['body'] = {
    v: 1,
    ...{ queue_id: null, run_id: null, tenant_id: tenantId, job_id: jobId, integration_id: integrationId },
    ...{ job_type: 'jira_sync', config: {}, scheduled_at: '2026-01-01T00:00:00Z', priority: 3 },
    ...{ retry_count: 0, max_retries: 3, ...given },
  }
  await requestedRuns(db, () => runtime)({ queue, body })
  return runs
}

test('a message starts a run as it says, and one about custom fields a run of these alone', async () => {
  const plain = { tenantId, jobId, priority: 3 }
  expect(await started(JOBS_QUEUE, {})).toEqual([{ ...plain, mode: 'incremental' }])
  const config = { full_sync: true, batch_size: 50, include_custom_fields: false }
  expect(await started(JOBS_QUEUE, { config })).toEqual([
    { ...plain, mode: 'full', batchSize: 50, includeCustomFields: false },
  ])
  expect(await started(CUSTOM_FIELDS_QUEUE, { config: {} })).toEqual([{ ...plain, mode: 'custom_fields' }])
})

test('a job that the tenant does not have, or that reads another account, starts nothing', async () => {
  const other = await seedTenant(db, { name: 'Other' })
  for (const wrong of [{ tenant_id: other }, { job_id: jobId + 1_000 }, { integration_id: integrationId + 1_000 }]) {
    await expect(started(JOBS_QUEUE, wrong)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  }
})
