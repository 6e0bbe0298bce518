import { type SpecName, sameNames } from '../spec-name.ts'

const TIERED = 'Document 002 has queues by tier, which supersede it.'
const ONE_BY_ONE = 'A unit is a batch of issues: `issue_ids` stands beside the fields of the envelope.'
const STEP = 'tenant_id integration_id job_id type provider last_sync_date first_item last_item last_job_item'

/** Queues, and what travels through them and through the live channels. */
export const MESSAGE_NAMES: readonly SpecName[] = [
  { kind: 'queue', at: '002:99', name: 'extraction_queue_{tier}', live: 'extraction_queue_{tier}' },
  { kind: 'queue', at: '002:105', name: 'transform_queue_{tier}', live: 'transform_queue_{tier}' },
  { kind: 'queue', at: '002:119', name: 'embedding_queue_{tier}', live: 'embedding_queue_{tier}' },
  { kind: 'queue', at: '002:311', name: 'etl.jobs', live: 'etl.jobs' },
  { kind: 'queue', at: '002:334', name: 'etl.custom_fields', live: 'etl.custom_fields' },
  { kind: 'queue', at: '002:348', name: 'etl.failed', live: 'etl.failed' },
  { kind: 'queue', at: '002:323', name: 'etl.vectorization', reason: TIERED },
  { kind: 'queue', at: '003:196', name: 'etl.extract', reason: TIERED },
  { kind: 'queue', at: '003:197', name: 'etl.transform', reason: TIERED },
  {
    kind: 'queue',
    at: '003:198',
    name: 'etl.load',
    reason: 'Loading is part of the transform stage, in its transaction.',
  },
  { kind: 'exchange', at: '002:316', name: 'etl.dlx', live: 'etl.dlx' },
  { kind: 'exchange', at: '003:190', name: 'etl.direct', reason: TIERED },
  ...sameNames(
    'message',
    '002:363',
    { there: 'Job Execution Message', here: 'plan' },
    'job_id tenant_id integration_id job_type config config.full_sync config.batch_size config.include_custom_fields scheduled_at priority retry_count max_retries',
  ),
  ...sameNames('message', '002:382', { there: 'Extraction Worker Message', here: 'extract' }, STEP),
  { kind: 'message', at: '002:391', name: 'Extraction Worker Message.issue_id', reason: ONE_BY_ONE },
  { kind: 'message', at: '002:392', name: 'Extraction Worker Message.issue_key', reason: ONE_BY_ONE },
  ...sameNames('message', '002:399', { there: 'Transform Worker Message', here: 'transform' }, `${STEP} raw_data_id`),
  ...sameNames(
    'message',
    '002:415',
    { there: 'Vectorization Message', here: 'embed' },
    'tenant_id table_name external_id operation job_id first_item last_item last_job_item',
  ),
  ...sameNames(
    'message',
    '002:271',
    { there: 'Message Format', here: 'job_status_update' },
    'type tenant_id job_id status status.overall status.steps steps.*.extraction steps.*.transform steps.*.embedding',
  ),
  ...sameNames(
    'message',
    '002:197',
    { there: 'Job status', here: 'job_status_update' },
    'steps.*.order steps.*.display_name',
  ),
]
