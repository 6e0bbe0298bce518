import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CUSTOM_FIELDS_QUEUE,
  FAILED_QUEUE,
  JOBS_QUEUE,
  type JobStatus,
  type MessageFacts,
  queueName,
  type Tier,
  toMessage,
} from '@millrace/core'
import { type Database, migrate, OWNER, postgresLoader, seedTenant, tenant } from '@millrace/sink-postgres'
import { z } from 'zod'
import { JOB_CHANNELS, jobChannelPath, jobStatusUpdate } from '../api/contract/live.ts'
import type { Route } from '../api/contract/route.ts'
import { ROUTES } from '../api/contract/routes.ts'
import { CONNECTORS } from '../connectors.ts'
import type { SpecKind } from './spec-name.ts'

const DASHBOARD = join(import.meta.dirname, '../../dashboard/src')
const TOPOLOGY = join(import.meta.dirname, '../../../../packages/core/src/amqp/amqp-topology.ts')

const COLUMNS = `
  SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns WHERE table_schema = 'public'`

/** Everything that there is, by kind, under the names that the map uses. @param db an empty database */
export async function liveNames(db: Database): Promise<{ readonly [kind in SpecKind]: ReadonlySet<string> }> {
  await migrate(db)
  await postgresLoader(db).prepare(CONNECTORS.flatMap(({ entities }) => entities))
  const tenantId = await seedTenant(db, { name: 'of the map' })
  const columns = await db.query<{ table: string; column: string }>(OWNER, COLUMNS)
  const jobs = await db.query<{ job_name: string }>(tenant(tenantId), 'SELECT job_name FROM etl_jobs')
  const routes = Object.entries<Route>(ROUTES)
  const files = readdirSync(DASHBOARD, { recursive: true, encoding: 'utf8' })
  const pages = readFileSync(join(DASHBOARD, 'layout/pages.ts'), 'utf8')
  return {
    endpoint: new Set(routes.map(([, { method, path }]) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)),
    channel: new Set(JOB_CHANNELS.map(channelPath)),
    field: new Set(routes.flatMap(([name, route]) => fieldsOf(name, route))),
    table: new Set(columns.map(({ table }) => table)),
    column: new Set(columns.map(({ table, column }) => `${table}.${column}`)),
    queue: new Set(queues()),
    // Nothing but the broker's own adapter knows exchanges by name.
    exchange: new Set(
      readFileSync(TOPOLOGY, 'utf8')
        .match(/'etl\.\w+'/g)
        ?.map((quoted) => quoted.slice(1, -1)),
    ),
    message: new Set([...rowMessages(), ...liveMessages()]),
    setting: new Set(),
    job: new Set(jobs.map(({ job_name }) => job_name)),
    page: new Set([...pages.matchAll(/path: '([^']+)'/g)].map(([, path]) => path ?? '')),
    component: new Set(files),
  }
}

function channelPath(channel: (typeof JOB_CHANNELS)[number]): string {
  const [path = ''] = jobChannelPath(channel, 1, 2, 'ticket').split('?')
  return path.replace('/1/2', '/{tenant_id}/{job_id}')
}

function fieldsOf(name: string, { body, response }: Route): readonly string[] {
  return [
    ...(body ? keysOf(body).map((key) => `${name}.body.${key}`) : []),
    ...keysOf(response).map((key) => `${name}.response.${key}`),
  ]
}

/** Names of an object, of the objects in a list, or of what a default stands in for. */
function keysOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  if (schema instanceof z.ZodArray) return keysOf(schema.element as z.ZodType)
  if (schema instanceof z.ZodDefault) return keysOf(schema.unwrap() as z.ZodType)
  return []
}

/** Tiers are alike, and named as the documents name them. */
function queues(): readonly string[] {
  const tiered = (['extract', 'transform', 'embed'] as const).map((kind) => queueName(kind, '{tier}' as Tier))
  return [JOBS_QUEUE, CUSTOM_FIELDS_QUEUE, FAILED_QUEUE, ...tiered]
}

const ROW = {
  queueId: 1,
  runId: 2,
  tenantId: 3,
  integrationId: 4,
  jobId: 5,
  connector: 'jira',
  provider: 'Jira',
  step: 'jira_dev_status',
  since: new Date(0),
  first: true,
}
const CONFIG = { full_sync: true, batch_size: 50, include_custom_fields: true }

const EXAMPLES: readonly MessageFacts[] = [
  { ...ROW, jobType: 'plan', options: CONFIG, scheduledAt: new Date(0), priority: 5, attempts: 1, maxAttempts: 5 },
  { ...ROW, jobType: 'extract', unit: { issue_ids: ['10001'] } },
  { ...ROW, jobType: 'transform', rawDataId: 9 },
  { ...ROW, jobType: 'embed', table: 'work_items', externalIds: ['10001'], operation: 'insert' },
]

/** The fields of one message of each kind, as it is published. */
function rowMessages(): readonly string[] {
  return EXAMPLES.flatMap((facts) =>
    Object.entries(toMessage(facts)).flatMap(([key, value]) => [
      `${facts.jobType}.${key}`,
      ...(key === 'config' ? Object.keys(Object(value)).map((option) => `${facts.jobType}.config.${option}`) : []),
    ]),
  )
}

const STATUS: JobStatus = {
  overall: 'RUNNING',
  revision: 1,
  open_dead_letters: 0,
  steps: {
    jira_fields: { order: 1, display_name: 'Fields', extraction: 'running', transform: 'idle', embedding: 'idle' },
  },
}

/** The fields of what the live channels carry, as the schema lets them through. */
function liveMessages(): readonly string[] {
  const { status, ...rest } = jobStatusUpdate.parse({
    type: 'job_status_update',
    tenant_id: 1,
    job_id: 2,
    status: STATUS,
  })
  const [step = {}] = Object.values(status.steps)
  return [
    ...Object.keys({ ...rest, status }),
    ...Object.keys(status).map((key) => `status.${key}`),
    ...Object.keys(step).map((key) => `steps.*.${key}`),
  ].map((key) => `job_status_update.${key}`)
}
