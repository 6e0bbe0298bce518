import type { Json, VectorFilter } from '@millrace/core'
import { depositRaw, listJobs, listRaw, type RawFacts, showRaw, tenant } from '@millrace/sink-postgres'
import type { z } from 'zod'
import { searchRows } from '../../vectors/search-rows.ts'
import type { Api } from '../api.ts'
import type { auditRoutes } from '../contract/audit.ts'
import type { etlRoutes } from '../contract/etl.ts'
import type { searchFilters, searchRoutes } from '../contract/search.ts'
import type { Handlers } from '../handlers.ts'
import { jobOfIntegration } from '../job-of-integration.ts'
import { found } from '../not-found.ts'
import { Refusal } from '../refusal.ts'
import { toWire } from '../to-wire.ts'
import { listCards, startOptions } from './job-handlers.ts'

type Served = typeof etlRoutes & typeof searchRoutes & typeof auditRoutes
/** $1 action, or null · $2 the entry before which to begin, or null · $3 limit */
const LIST_AUDIT = `
  SELECT id, happened_at AS "happenedAt", actor, action, object_type AS "objectType", object_id AS "objectId", details
    FROM audit_log WHERE ($1::text IS NULL OR action = $1) AND ($2::bigint IS NULL OR id < $2)
   ORDER BY id DESC LIMIT $3`

interface AuditRow {
  readonly id: number
  readonly happenedAt: Date
  readonly actor: string
  readonly action: string
  readonly objectType: string | null
  readonly objectId: string | null
  readonly details: Json
}

/** The interface for other services, search, and what people did. */
export function etlHandlers(api: Api): Pick<Handlers, keyof Served> {
  const { db, runtime, vectors, connectors } = api
  return {
    async triggerPipeline({ caller: { tenantId }, body }) {
      const { entity_type: entityType, integration_id: integrationId, payload, priority } = body
      const { id: jobId, connector } = await jobOfIntegration(db, tenantId, integrationId)
      const steps = entityType === connector ? {} : { steps: [entityType] }
      const { runId } = await runtime.startRun({ tenantId, jobId, ...startOptions(payload), ...steps, priority })
      return { status: 'success', message: `Run ${runId} started.`, job_id: jobId, run_id: runId }
    },
    async storeRawData({ caller: { tenantId, actor }, body }) {
      const { integration_id: integrationId, entity_type: name, external_id: externalId, raw_data: raw, unit } = body
      const { id: jobId, connector: type } = await jobOfIntegration(db, tenantId, integrationId)
      const connector = connectors.find((each) => each.name === type)
      const step = connector?.steps.find((each) => each.name === name)
      if (!connector || !step) throw wrongRecord('entity_type', `the connector ${type} has no step ${name}`)
      requireShape('unit', step.unit, unit)
      requireShape('raw_data', step.body, raw)
      const { rawId, run } = await depositRaw(db, runtime, {
        ...{ tenantId, actor, jobId, externalId, unit, step: name },
        bodies: [Buffer.from(JSON.stringify(raw))],
        connectorVersion: connector.version,
        transformVersion: step.transformVersion,
      })
      const message = `Record ${rawId} is stored; run ${run.runId} transforms it.`
      return { success: true, message, id: rawId, job_id: jobId, run_id: run.runId }
    },
    async listRawData({ caller: { tenantId }, query }) {
      const { entity_type: step, integration_id: integrationId, run_id: runId, limit, before } = query
      const page = await listRaw(db, {
        tenantId,
        limit,
        ...(step !== undefined && { step }),
        ...(integrationId !== undefined && { integrationId }),
        ...(runId !== undefined && { runId }),
        ...(before !== undefined && { before }),
      })
      return { raw_data: page.records.map(shown), next: page.next }
    },
    async showRawData({ caller: { tenantId }, params }) {
      const { bodies, ...facts } = await showRaw(db, { tenantId, rawId: params.id })
      return { ...shown(facts), raw_data: bodies.map(decode) }
    },
    listEtlJobs: async ({ caller }) => listCards(api, caller.tenantId),
    async showEtlJobStatus({ caller: { tenantId }, params: { id: jobId } }) {
      const [job] = await listJobs(db, { tenantId, jobId })
      const { overall, status } = found(job, 'job', jobId)
      return { job_id: jobId, status: overall, status_detail: { ...status, steps: { ...status.steps } } }
    },
    async search({ caller: { tenantId }, body: { query, mode, limit, filters } }) {
      if (!vectors) return { hits: [], profile: null, mode, semantic: false }
      const result = await searchRows(db, vectors, { tenantId, query, mode, limit, filters: vectorFilter(filters) })
      return {
        hits: result.hits.map((hit) => ({ ...toWire(hit), payload: { ...hit.payload } })),
        profile: result.profile ?? null,
        mode: result.mode,
        semantic: result.semantic,
      }
    },
    async listAuditLog({ caller: { tenantId }, query: { action = null, before = null, limit } }) {
      const rows = await db.query<AuditRow>(tenant(tenantId), LIST_AUDIT, [action, before, limit])
      return rows.map(toWire)
    },
  }
}

function vectorFilter(given: z.output<typeof searchFilters>): VectorFilter {
  const { created_from, created_before, updated_from, updated_before, ...named } = given
  const range = (from: Date | undefined, before: Date | undefined) => ({
    ...(from && { from }),
    ...(before && { before }),
  })
  const values = Object.entries(named).flatMap(([field, anyOf]) => (anyOf ? [[field, { anyOf }]] : []))
  return {
    ...Object.fromEntries(values),
    ...((created_from || created_before) && { created: range(created_from, created_before) }),
    ...((updated_from || updated_before) && { updated: range(updated_from, updated_before) }),
  }
}

function shown({ step, unitKey, receivedAt, bytes, status, ...facts }: RawFacts) {
  return {
    ...toWire(facts),
    entity_type: step,
    external_id: unitKey,
    created_at: receivedAt.toISOString(),
    payload_size: bytes,
    processing_status: status,
  }
}

/** A record that its step cannot read is refused here, where whoever sent it can correct it. */
function requireShape(field: string, schema: z.ZodType, value: Json): void {
  const parsed = schema.safeParse(value)
  if (parsed.success) return
  const [issue] = parsed.error.issues
  throw wrongRecord([field, ...(issue?.path ?? [])].join('.'), issue?.message ?? 'does not fit the step')
}

function wrongRecord(path: string, reason: string): Refusal {
  const message = `Failed to store the record: body.${path}: ${reason}. Correct it and try again.`
  return new Refusal('BAD_REQUEST', message, { issues: [{ path: `body.${path}`, message: reason }] })
}

function decode(body: Uint8Array): Json {
  const text = Buffer.from(body).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
