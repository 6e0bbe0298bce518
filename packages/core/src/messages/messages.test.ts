import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMessage } from './parse-message.ts'
import { queueName } from './queue-names.ts'
import { type MessageFacts, type RowFacts, toMessage } from './to-message.ts'

const bytesOf = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body))

/** The bodies as the specification prints them, without what ties them to the ledger. */
const SPECIFIED = {
  plan: {
    job_id: 123,
    tenant_id: 1,
    integration_id: 456,
    job_type: 'tracker_sync',
    config: { full_sync: false, batch_size: 50, include_custom_fields: true },
    scheduled_at: '2024-01-15T10:00:00Z',
    priority: 1,
    retry_count: 0,
    max_retries: 3,
  },
  extract: {
    tenant_id: 1,
    integration_id: 456,
    job_id: 123,
    type: 'tracker_dev_status_fetch',
    provider: 'Tracker',
    last_sync_date: '2025-10-21T14:00:00',
    first_item: true,
    last_item: false,
    last_job_item: false,
    issue_id: '2035047',
    issue_key: 'BEX-7997',
  },
  transform: {
    tenant_id: 1,
    integration_id: 456,
    job_id: 123,
    type: 'tracker_dev_status',
    provider: 'tracker',
    last_sync_date: '2025-10-21T14:00:00',
    first_item: false,
    last_item: true,
    last_job_item: true,
    raw_data_id: 789,
  },
  embed: {
    tenant_id: 1,
    table_name: 'work_items',
    external_id: 'PROJ-123',
    operation: 'insert',
    job_id: 123,
    first_item: false,
    last_item: true,
    last_job_item: true,
  },
}
const LEDGER = { v: 1, queue_id: 7, run_id: 9 }

const ROW: RowFacts = {
  queueId: 7,
  runId: 9,
  tenantId: 1,
  integrationId: 456,
  jobId: 123,
  connector: 'tracker',
  provider: 'Tracker',
  step: 'tracker_dev_status',
  since: new Date('2025-10-21T14:00:00Z'),
  first: false,
  last: true,
  lastOfJob: true,
}

const FACTS: { readonly [JobType in MessageFacts['jobType']]: MessageFacts } = {
  plan: {
    ...ROW,
    jobType: 'plan',
    options: { full_sync: false, batch_size: 50, include_custom_fields: true },
    scheduledAt: new Date('2024-01-15T10:00:00Z'),
    priority: 1,
    attempts: 0,
    maxAttempts: 3,
  },
  extract: {
    ...ROW,
    jobType: 'extract',
    unit: { issue_id: '2035047', issue_key: 'BEX-7997' },
    first: true,
    last: false,
    lastOfJob: false,
  },
  transform: { ...ROW, jobType: 'transform', rawDataId: 789 },
  embed: { ...ROW, jobType: 'embed', table: 'work_items', externalIds: ['PROJ-123'], operation: 'insert' },
}
const JOB_TYPES = ['plan', 'extract', 'transform', 'embed'] as const

test.each(JOB_TYPES)('reads the %s message of the specification, which names no row', (jobType) => {
  const parsed = parseMessage(bytesOf(SPECIFIED[jobType]))
  expect(parsed).toMatchObject({ ok: true, message: { jobType, row: undefined, body: SPECIFIED[jobType] } })
})

test.each(JOB_TYPES)('writes the %s message of the specification, with its row', (jobType) => {
  const { scheduled_at, last_sync_date, ...specified } = { scheduled_at: '', last_sync_date: '', ...SPECIFIED[jobType] }
  const body = toMessage(FACTS[jobType])
  expect(body).toMatchObject({ ...specified, ...LEDGER })
  if (last_sync_date !== '') expect(body).toMatchObject({ last_sync_date: '2025-10-21T14:00:00.000Z' })
  if (scheduled_at !== '') expect(body).toMatchObject({ scheduled_at: '2024-01-15T10:00:00.000Z' })
})

test.each(JOB_TYPES)('what is written of %s is read back, and names its row', (jobType) => {
  const body = toMessage(FACTS[jobType])
  const row = { id: 7, tenantId: 1, runId: 9 }
  expect(parseMessage(bytesOf(body))).toMatchObject({ ok: true, message: { jobType, row, body } })
})

test('the fields of a unit stand at the top and come back as the unit', () => {
  const parsed = parseMessage(bytesOf(SPECIFIED.extract))
  expect(parsed).toMatchObject({
    message: { step: 'tracker_dev_status', unit: { issue_id: '2035047', issue_key: 'BEX-7997' } },
  })
})

test('whatever a unit calls its fields, its message stays an extraction of that row', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('job_type', 'tenant_id', 'config', 'queue_id')), fc.string()),
      (unit) => {
        const parsed = parseMessage(bytesOf(toMessage({ ...ROW, jobType: 'extract', unit })))
        expect(parsed).toMatchObject({
          ok: true,
          message: { jobType: 'extract', row: { id: 7, tenantId: 1, runId: 9 } },
        })
      },
    ),
  )
})

test('an embedding message carries a batch', () => {
  const externalIds = ['a', 'b']
  const body = toMessage({ ...ROW, jobType: 'embed', table: 'prs', externalIds, operation: 'update' })
  expect(body).toMatchObject({ external_ids: externalIds, integration_id: 456 })
  expect(body).not.toHaveProperty('external_id')
  expect(parseMessage(bytesOf(SPECIFIED.embed))).toMatchObject({ message: { body: { external_ids: ['PROJ-123'] } } })
})

test.each<[string, Uint8Array, string]>([
  ['bytes that are no text', Uint8Array.from([0xff, 0xfe]), 'not-json'],
  ['text that is no JSON', new TextEncoder().encode('hello'), 'not-json'],
  ['JSON that is no object', bytesOf([1]), 'not-json'],
  ['a newer version', bytesOf({ ...SPECIFIED.plan, v: 2, anything: 'new' }), 'newer'],
  ['a version that is no number', bytesOf({ ...SPECIFIED.plan, v: 'one' }), 'invalid'],
  ['a body of another kind', bytesOf({ hello: 'world' }), 'unknown'],
  ['a missing field', bytesOf({ ...SPECIFIED.transform, tenant_id: undefined }), 'invalid'],
  ['a wrong field', bytesOf({ ...SPECIFIED.transform, raw_data_id: '789' }), 'invalid'],
  ['a message of ours without its row', bytesOf({ ...SPECIFIED.transform, v: 1 }), 'invalid'],
])('refuses %s and says why', (_name, bytes, reason) => {
  const parsed = parseMessage(bytes)
  expect(parsed).toMatchObject({ ok: false, reason })
  expect(parsed).toHaveProperty('detail', expect.stringMatching(/.+/))
})

test('a refusal names the field', () => {
  expect(parseMessage(bytesOf({ ...SPECIFIED.transform, raw_data_id: '789' }))).toMatchObject({
    detail: expect.stringContaining('raw_data_id'),
  })
})

test('any bytes are read or refused, never thrown', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => new TextEncoder().encode(json)),
      ),
      (bytes) => {
        expect(typeof parseMessage(bytes).ok).toBe('boolean')
      },
    ),
  )
})

test('queues are named by stage and tier', () => {
  expect(JOB_TYPES.map((jobType) => queueName(jobType, 'premium'))).toEqual([
    'etl.jobs',
    'extraction_queue_premium',
    'transform_queue_premium',
    'embedding_queue_premium',
  ])
})
