import { type SpecName, sameNames } from '../spec-name.ts'

const FOLDED = 'Document 000 removes it; migration 2 folds what it held into `checkpoint_data`.'
const NO_ORDER = 'Document 000 removes it: jobs run independently of each other.'
const NO_SETTING = 'Document 000 removes it; migration 2 deletes it.'

const columns = (table: string, at: string, names: string): readonly SpecName[] => [
  { kind: 'table', at, name: table, live: table },
  ...sameNames('column', at, { there: table, here: table }, names),
]

/** Tables, their columns, and rows that are there from the beginning. */
export const TABLE_NAMES: readonly SpecName[] = [
  ...columns(
    'etl_jobs',
    '000:46',
    'id job_name status schedule_interval_minutes retry_interval_minutes last_run_started_at last_run_finished_at error_message retry_count checkpoint_data integration_id tenant_id active created_at last_updated_at',
  ),
  { kind: 'column', at: '000:23', name: 'etl_jobs.execution_order', reason: NO_ORDER },
  ...[
    'last_repo_sync_checkpoint',
    'repo_processing_queue',
    'last_pr_cursor',
    'current_pr_node_id',
    'last_commit_cursor',
    'last_review_cursor',
    'last_comment_cursor',
    'last_review_thread_cursor',
  ].map(
    (name, index): SpecName => ({ kind: 'column', at: `000:${24 + index}`, name: `etl_jobs.${name}`, reason: FOLDED }),
  ),
  { kind: 'column', at: '000:32', name: 'etl_jobs.last_success_at', live: 'etl_jobs.last_run_finished_at' },
  { kind: 'column', at: '001:67', name: 'etl_jobs.last_finished_at', live: 'etl_jobs.last_run_finished_at' },
  {
    kind: 'table',
    at: '000:65',
    name: 'vectorization_queue',
    reason: 'Document 000 removes it; embedding is a stage of the run, and its rows are in `etl_job_queue`.',
  },
  ...columns(
    'raw_extraction_data',
    '003:66',
    'id tenant_id integration_id entity_type external_id raw_data extraction_metadata processing_status error_details created_at processed_at',
  ),
  { kind: 'column', at: '002:842', name: 'raw record.extraction_type', live: 'raw_extraction_data.type' },
  { kind: 'column', at: '002:843', name: 'raw record.raw_payload', live: 'raw_extraction_data.raw_body' },
  { kind: 'column', at: '002:844', name: 'raw record.extracted_at', live: 'raw_extraction_data.extracted_at' },
  { kind: 'column', at: '002:845', name: 'raw record.payload_size', live: 'raw_extraction_data.payload_size' },
  {
    kind: 'column',
    at: '002:841',
    name: 'raw record.project_id',
    reason: 'A record may be of any unit, not only of a project: `external_id` and `extraction_metadata` name it.',
  },
  ...columns(
    'etl_job_queue',
    '003:83',
    'id tenant_id job_type entity_type payload priority status scheduled_at started_at completed_at error_details retry_count max_retries',
  ),
  ...columns(
    'custom_fields',
    '002:592',
    'id external_id name field_type operations integration_id tenant_id active created_at last_updated_at',
  ),
  ...columns(
    'custom_fields_mapping',
    '002:607',
    'id team_field_id code_changed_field_id story_points_field_id custom_field_01_id custom_field_02_id custom_field_20_id integration_id tenant_id active created_at last_updated_at',
  ),
  ...columns(
    'projects_custom_fields',
    '002:807',
    'id tenant_id project_key integration_type discovered_fields discovered_at',
  ),
  ...sameNames(
    'column',
    '002:776',
    { there: 'work_items', here: 'work_items' },
    'work_first_committed_at work_first_started_at work_last_started_at work_first_completed_at work_last_completed_at total_work_starts total_completions total_backlog_returns total_work_time_seconds total_review_time_seconds total_cycle_time_seconds total_lead_time_seconds workflow_complexity_score rework_indicator direct_completion custom_field_01 custom_field_02 custom_field_20',
  ),
  ...sameNames(
    'column',
    '002:736',
    { there: 'changelogs', here: 'changelogs' },
    'work_item_id from_status_id to_status_id transition_start_date transition_change_date time_in_status_seconds',
  ),
  ...[
    ['orchestrator_interval_minutes', 83],
    ['orchestrator_enabled', 84],
    ['orchestrator_retry_enabled', 85],
    ['orchestrator_retry_interval_minutes', 86],
    ['jira_sync_enabled', 91],
    ['github_sync_enabled', 92],
    ['max_concurrent_jobs', 97],
  ].map(([name, line]): SpecName => ({ kind: 'setting', at: `000:${line}`, name: String(name), reason: NO_SETTING })),
  { kind: 'job', at: '000:109', name: 'Jira', live: 'Jira' },
  { kind: 'job', at: '000:110', name: 'GitHub', live: 'GitHub' },
  { kind: 'job', at: '000:111', name: 'WEX Fabric', live: 'WEX Fabric' },
  { kind: 'job', at: '000:112', name: 'WEX AD', live: 'WEX AD' },
  {
    kind: 'job',
    at: '000:113',
    name: 'Vectorization',
    reason: 'Document 000 removes it; embedding is a stage of every run.',
  },
]
