import { type SpecName, sameNames } from '../spec-name.ts'

const CARD =
  'id job_name status active schedule_interval_minutes retry_interval_minutes integration_id integration_type integration_logo_filename last_run_started_at last_run_finished_at error_message retry_count'
const DETAILS =
  'id job_name status active schedule_interval_minutes retry_interval_minutes integration_id last_run_started_at last_run_finished_at created_at last_updated_at error_message retry_count checkpoint_data'

/** Fields of requests and responses, and of what is counted. */
export const FIELD_NAMES: readonly SpecName[] = [
  ...sameNames('field', '001:162', { there: 'JobCardResponse', here: 'listJobs.response' }, CARD),
  ...sameNames('field', '001:180', { there: 'JobDetailsResponse', here: 'showJob.response' }, DETAILS),
  ...sameNames(
    'field',
    '001:199',
    { there: 'JobSettingsRequest', here: 'setJobSettings.body' },
    'schedule_interval_minutes retry_interval_minutes',
  ),
  ...sameNames(
    'field',
    '001:203',
    { there: 'JobSettingsResponse', here: 'setJobSettings.response' },
    'success message job_id schedule_interval_minutes retry_interval_minutes',
  ),
  ...sameNames(
    'field',
    '003:240',
    { there: 'ETLPipelineRequest', here: 'triggerPipeline.body' },
    'entity_type integration_id payload priority',
  ),
  ...sameNames(
    'field',
    '002:891',
    { there: 'Queue health', here: 'queueHealth.response' },
    'job_queue vectorization_queue dead_letter_queue worker_status',
  ),
  { kind: 'field', at: '002:872', name: 'Job metrics.execution_time', live: 'showRun.response.duration_ms' },
  { kind: 'field', at: '002:873', name: 'Job metrics.records_processed', live: 'showRun.response.rows_written' },
  { kind: 'field', at: '002:874', name: 'Job metrics.errors_encountered', live: 'showRun.response.dead_rows' },
  { kind: 'field', at: '002:875', name: 'Job metrics.memory_usage', live: 'showRun.response.peak_memory_bytes' },
  { kind: 'field', at: '002:876', name: 'Job metrics.api_calls_made', live: 'showRun.response.api_calls' },
  {
    kind: 'field',
    at: '002:877',
    name: 'Job metrics.vectorization_queued',
    live: 'showRun.response.embeddings_queued',
  },
]
