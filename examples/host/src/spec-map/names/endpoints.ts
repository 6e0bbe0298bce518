import type { SpecName } from '../spec-name.ts'

const NO_PAUSE = 'Document 000 removes it: jobs are autonomous. `toggle-active` switches a job off and on.'
const AS_IN_001 = 'Document 001 calls it so.'

/** Addresses of the interface and of its live channels. */
export const ENDPOINT_NAMES: readonly SpecName[] = [
  { kind: 'endpoint', at: '001:141', name: 'POST /jobs/{job_id}/pause', reason: NO_PAUSE },
  { kind: 'endpoint', at: '001:142', name: 'POST /jobs/{job_id}/resume', reason: NO_PAUSE },
  { kind: 'endpoint', at: '001:143', name: 'POST /jobs/{job_id}/force-pending', reason: NO_PAUSE },
  { kind: 'endpoint', at: '001:144', name: 'POST /jobs/{job_id}/finish', reason: NO_PAUSE },
  { kind: 'endpoint', at: '001:147', name: 'POST /jobs/{job_id}/run-now', live: 'POST /app/etl/jobs/{id}/run-now' },
  { kind: 'endpoint', at: '001:148', name: 'POST /jobs/{job_id}/settings', live: 'POST /app/etl/jobs/{id}/settings' },
  { kind: 'endpoint', at: '001:151', name: 'GET /jobs', live: 'GET /app/etl/jobs', note: 'Sorted by name.' },
  { kind: 'endpoint', at: '001:152', name: 'GET /jobs/{job_id}', live: 'GET /app/etl/jobs/{id}' },
  {
    kind: 'endpoint',
    at: '001:153',
    name: 'POST /jobs/{job_id}/toggle-active',
    live: 'POST /app/etl/jobs/{id}/toggle-active',
  },
  {
    kind: 'endpoint',
    at: '004:82',
    name: 'POST /jobs/{job_id}/run',
    live: 'POST /app/etl/jobs/{id}/run-now',
    note: AS_IN_001,
  },
  {
    kind: 'endpoint',
    at: '004:83',
    name: 'POST /jobs/{job_id}/toggle',
    live: 'POST /app/etl/jobs/{id}/toggle-active',
    note: AS_IN_001,
  },
  { kind: 'endpoint', at: '002:1061', name: 'GET /app/etl/jobs', live: 'GET /app/etl/jobs' },
  {
    kind: 'endpoint',
    at: '002:1074',
    name: 'PUT /app/etl/jobs/1/status',
    live: 'PUT /app/etl/jobs/{id}/status',
    note: 'Takes READY only: it cancels the run and keeps checkpoints.',
  },
  { kind: 'endpoint', at: '004:88', name: 'GET /integrations', live: 'GET /app/etl/integrations' },
  { kind: 'endpoint', at: '004:89', name: 'POST /integrations', live: 'POST /app/etl/integrations' },
  { kind: 'endpoint', at: '004:90', name: 'PUT /integrations/{id}', live: 'PUT /app/etl/integrations/{id}' },
  { kind: 'endpoint', at: '004:91', name: 'DELETE /integrations/{id}', live: 'DELETE /app/etl/integrations/{id}' },
  {
    kind: 'endpoint',
    at: '004:92',
    name: 'POST /integrations/{id}/toggle',
    live: 'POST /app/etl/integrations/{id}/toggle',
  },
  { kind: 'endpoint', at: '004:79', name: '/app/etl/jobs/', live: 'GET /app/etl/jobs' },
  { kind: 'endpoint', at: '004:87', name: '/app/etl/integrations/', live: 'GET /app/etl/integrations' },
  { kind: 'endpoint', at: '004:94', name: '/app/etl/wits/', live: 'GET /app/etl/wits' },
  { kind: 'endpoint', at: '004:95', name: '/app/etl/hierarchies/', live: 'GET /app/etl/hierarchies' },
  { kind: 'endpoint', at: '004:96', name: '/app/etl/statuses/', live: 'GET /app/etl/statuses' },
  { kind: 'endpoint', at: '004:97', name: '/app/etl/workflows/', live: 'GET /app/etl/workflows' },
  { kind: 'endpoint', at: '004:98', name: '/app/etl/qdrant/', live: 'GET /app/etl/qdrant/collections' },
  {
    kind: 'endpoint',
    at: '003:227',
    name: 'POST /api/v1/etl/trigger-pipeline',
    live: 'POST /api/v1/etl/trigger-pipeline',
  },
  { kind: 'endpoint', at: '003:250', name: 'POST /api/v1/etl/raw-data', live: 'POST /api/v1/etl/raw-data' },
  { kind: 'endpoint', at: '003:427', name: 'GET /api/v1/etl/raw-data', live: 'GET /api/v1/etl/raw-data' },
  { kind: 'endpoint', at: '003:422', name: 'GET /api/v1/etl/jobs', live: 'GET /api/v1/etl/jobs' },
  {
    kind: 'endpoint',
    at: '003:259',
    name: 'GET /api/v1/etl/jobs/{job_id}/status',
    live: 'GET /api/v1/etl/jobs/{id}/status',
  },
  ...(['extraction', 'transform', 'embedding'] as const).map(
    (stage, index): SpecName => ({
      kind: 'channel',
      at: `002:${264 + index}`,
      name: `/ws/job/${stage}/{tenant_id}/{job_id}`,
      live: `/ws/job/${stage}/{tenant_id}/{job_id}`,
      note: 'Opened by a one-time ticket of `POST /app/etl/ws-tickets`.',
    }),
  ),
]
