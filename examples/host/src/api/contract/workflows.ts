import { z } from 'zod'
import { applied, configured, dependencies, moveTo, ofIntegration, removed } from './configuration.ts'
import { defineRoutes } from './route.ts'
import { id, label, uuidParams } from './scalars.ts'
import { statusCategory } from './statuses.ts'

/** A step of how work flows; statuses are mapped to it. */
export const workflow = z.object({
  ...configured,
  step_name: z.string(),
  step_number: z.int(),
  step_category: statusCategory,
  /** Entering it is the commitment that lead time begins with. */
  is_commitment_point: z.boolean(),
})
export type Workflow = z.output<typeof workflow>

const given = {
  step_name: label,
  step_number: z.int().min(0).max(1_000),
  step_category: statusCategory,
  is_commitment_point: z.boolean(),
}

export const workflowRoutes = defineRoutes({
  listWorkflows: {
    method: 'GET',
    path: '/app/etl/workflows',
    summary: 'List the steps of how work flows, in order',
    tag: 'workflows',
    role: 'user',
    query: ofIntegration,
    response: z.array(workflow),
  },
  createWorkflow: {
    method: 'POST',
    path: '/app/etl/workflows',
    summary: 'Add a step',
    tag: 'workflows',
    role: 'operator',
    body: z.strictObject({
      integration_id: id,
      ...given,
      is_commitment_point: given.is_commitment_point.default(false),
    }),
    status: 201,
    response: workflow.extend(applied),
  },
  updateWorkflow: {
    method: 'PUT',
    path: '/app/etl/workflows/:id',
    summary: 'Change a step',
    tag: 'workflows',
    role: 'operator',
    params: uuidParams,
    body: z.strictObject(given).partial(),
    response: workflow.extend(applied),
  },
  workflowDependencies: {
    method: 'GET',
    path: '/app/etl/workflows/:id/dependencies',
    summary: 'Tell what uses a step',
    tag: 'workflows',
    role: 'user',
    params: uuidParams,
    response: dependencies,
  },
  deleteWorkflow: {
    method: 'DELETE',
    path: '/app/etl/workflows/:id',
    summary: 'Delete a step; 409 while it is used, unless what uses it is moved or released',
    tag: 'workflows',
    role: 'operator',
    params: uuidParams,
    query: moveTo,
    response: removed,
  },
})
