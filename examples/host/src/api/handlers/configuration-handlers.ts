import { statusesMappings, witsHierarchies, witsMappings, workflows } from '@millrace/connector-jira'
import type { Api } from '../api.ts'
import { listStatuses, listWits } from '../configuration/discovered-rows.ts'
import { editedRows } from '../configuration/edited-rows.ts'
import type { hierarchyRoutes } from '../contract/hierarchies.ts'
import type { statusRoutes } from '../contract/statuses.ts'
import type { witRoutes } from '../contract/wits.ts'
import type { workflowRoutes } from '../contract/workflows.ts'
import type { Handlers } from '../handlers.ts'

type Served = typeof witRoutes & typeof hierarchyRoutes & typeof statusRoutes & typeof workflowRoutes
/** What people decide about the types and statuses of an account, and which types and statuses there are. */
export function configurationHandlers(api: Api): Pick<Handlers, keyof Served> {
  const levels = editedRows(api, witsHierarchies)
  const types = editedRows(api, witsMappings)
  const steps = editedRows(api, workflows)
  const names = editedRows(api, statusesMappings)
  return {
    async listWits({ caller, query }) {
      await api.prepare()
      return listWits(api.db, caller.tenantId, query.integration_id)
    },
    listWitMappings: async ({ caller, query }) => [...(await types.list(caller, query.integration_id))],
    createWitMapping: ({ caller, body: { integration_id, ...row } }) => types.create(caller, integration_id, row),
    updateWitMapping: ({ caller, params, body }) => types.update(caller, params.id, body),
    witMappingDependencies: ({ caller, params }) => types.dependencies(caller, params.id),
    deleteWitMapping: ({ caller, params, query }) => types.remove(caller, params.id, query),

    listHierarchies: async ({ caller, query }) =>
      (await levels.list(caller, query.integration_id)).toSorted((a, b) => a.level_number - b.level_number),
    createHierarchy: ({ caller, body: { integration_id, ...row } }) => levels.create(caller, integration_id, row),
    updateHierarchy: ({ caller, params, body }) => levels.update(caller, params.id, body),
    hierarchyDependencies: ({ caller, params }) => levels.dependencies(caller, params.id),
    deleteHierarchy: ({ caller, params, query }) => levels.remove(caller, params.id, query),

    async listStatuses({ caller, query }) {
      await api.prepare()
      return listStatuses(api.db, caller.tenantId, query.integration_id)
    },
    listStatusMappings: async ({ caller, query }) => [...(await names.list(caller, query.integration_id))],
    createStatusMapping: ({ caller, body: { integration_id, ...row } }) => names.create(caller, integration_id, row),
    updateStatusMapping: ({ caller, params, body }) => names.update(caller, params.id, body),
    statusMappingDependencies: ({ caller, params }) => names.dependencies(caller, params.id),
    deleteStatusMapping: ({ caller, params, query }) => names.remove(caller, params.id, query),

    listWorkflows: async ({ caller, query }) =>
      (await steps.list(caller, query.integration_id)).toSorted((a, b) => a.step_number - b.step_number),
    createWorkflow: ({ caller, body: { integration_id, ...row } }) => steps.create(caller, integration_id, row),
    updateWorkflow: ({ caller, params, body }) => steps.update(caller, params.id, body),
    workflowDependencies: ({ caller, params }) => steps.dependencies(caller, params.id),
    deleteWorkflow: ({ caller, params, query }) => steps.remove(caller, params.id, query),
  }
}
