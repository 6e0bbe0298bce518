import { customFieldsMapping } from '@millrace/connector-jira'
import { listConfiguration, saveConfiguration, tenant } from '@millrace/sink-postgres'
import type { Api } from '../api.ts'
import { applied, requireConfigurable } from '../configuration/edited-rows.ts'
import { fieldsOfMapping, mappingOfFields } from '../configuration/mapping-columns.ts'
import type { CustomField, customFieldRoutes } from '../contract/custom-fields.ts'
import type { Handlers } from '../handlers.ts'
import { jobOfIntegration } from '../job-of-integration.ts'
import { toWire } from '../to-wire.ts'

/** $1 integration, or null */
const LIST_FIELDS = `
  SELECT id, integration_id, external_id, name, field_type, operations, active FROM custom_fields
   WHERE active AND ($1::integer IS NULL OR integration_id = $1) ORDER BY lower(name), external_id`

/** $1 integration, or null */
const LIST_OF_PROJECTS = `
  SELECT integration_id AS "integrationId", project_key AS "projectKey", discovered_at AS "discoveredAt",
    ARRAY (SELECT field ->> 'id' FROM jsonb_array_elements(discovered_fields) field ORDER BY 1) AS "fieldIds"
    FROM projects_custom_fields WHERE active AND ($1::integer IS NULL OR integration_id = $1) ORDER BY project_key, id`

interface ProjectFields {
  readonly integrationId: number
  readonly projectKey: string
  readonly discoveredAt: Date | null
  readonly fieldIds: readonly string[]
}

/** The custom fields of accounts, and which of them fill columns of work items. */
export function customFieldHandlers(api: Api): Pick<Handlers, keyof typeof customFieldRoutes> {
  const { db, runtime } = api
  const mappings = (tenantId: number, integrationId: number | undefined) =>
    listConfiguration(db, customFieldsMapping, { tenantId, ...(integrationId !== undefined && { integrationId }) })
  return {
    async listCustomFields({ caller: { tenantId }, query: { integration_id: integrationId } }) {
      await api.prepare()
      const fields = await db.query<Omit<CustomField, 'mapped_to'>>(tenant(tenantId), LIST_FIELDS, [
        integrationId ?? null,
      ])
      const mapped = (await mappings(tenantId, integrationId)).flatMap((row) => Object.entries(fieldsOfMapping(row)))
      return fields.map((field) => ({ ...field, mapped_to: mapped.find(([, id]) => id === field.id)?.[0] ?? null }))
    },
    async listProjectCustomFields({ caller: { tenantId }, query: { integration_id: integrationId } }) {
      await api.prepare()
      const found = await db.query<ProjectFields>(tenant(tenantId), LIST_OF_PROJECTS, [integrationId ?? null])
      return found.map(toWire)
    },
    async showCustomFieldMapping({ caller: { tenantId }, query: { integration_id: integrationId } }) {
      await requireConfigurable(api, customFieldsMapping, tenantId, integrationId)
      const [row] = await mappings(tenantId, integrationId)
      const savedAt = row?.last_updated_at.toISOString() ?? null
      return { integration_id: integrationId, fields: fieldsOfMapping(row), last_updated_at: savedAt }
    },
    async saveCustomFieldMapping({ caller: { tenantId, actor }, query: { integration_id: integrationId }, body }) {
      await requireConfigurable(api, customFieldsMapping, tenantId, integrationId)
      const row = mappingOfFields(body.fields)
      const saved = await saveConfiguration(db, customFieldsMapping, { tenantId, integrationId, actor, row })
      return {
        integration_id: integrationId,
        fields: fieldsOfMapping(saved),
        last_updated_at: saved.last_updated_at.toISOString(),
        ...(await applied(api, tenantId, integrationId)),
      }
    },
    async syncCustomFields({ caller: { tenantId }, body: { integration_id: integrationId } }) {
      const { id: jobId } = await jobOfIntegration(db, tenantId, integrationId)
      const { runId } = await runtime.startRun({ tenantId, jobId, mode: 'custom_fields' })
      return { success: true, message: `Run ${runId} looks for custom fields.`, job_id: jobId, run_id: runId }
    },
  }
}
