import { z } from 'zod'
import { applied, configured, dependencies, moveTo, ofIntegration, removed } from './configuration.ts'
import { defineRoutes } from './route.ts'
import { count, id, label, uuidParams } from './scalars.ts'

export const STATUS_CATEGORIES = ['To Do', 'In Progress', 'Done'] as const
export const statusCategory = z.enum(STATUS_CATEGORIES)

/** A status as the provider has it. */
export const status = z.object({
  id: z.uuid(),
  integration_id: id,
  external_id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** The provider's category; a mapping may say otherwise. */
  category: z.string().nullable(),
  active: z.boolean(),
  work_items: count,
  mapping_id: z.uuid().nullable(),
})
export type Status = z.output<typeof status>

/** Statuses of this name are called otherwise, count as this category, and are a step of this workflow. */
export const statusMapping = z.object({
  ...configured,
  status_from: z.string(),
  status_to: z.string(),
  status_category: statusCategory,
  /** Time in such statuses is review time. */
  role: z.enum(['review']).nullable(),
  workflow_id: z.uuid().nullable(),
})
export type StatusMapping = z.output<typeof statusMapping>

const given = {
  status_from: label,
  status_to: label,
  status_category: statusCategory,
  role: z.enum(['review']).nullable(),
  workflow_id: z.uuid().nullable(),
}

export const statusRoutes = defineRoutes({
  listStatuses: {
    method: 'GET',
    path: '/app/etl/statuses',
    summary: 'List the statuses that were read',
    tag: 'statuses',
    role: 'user',
    query: ofIntegration,
    response: z.array(status),
  },
  listStatusMappings: {
    method: 'GET',
    path: '/app/etl/statuses/mappings',
    summary: 'List how statuses are called and what they count as',
    tag: 'statuses',
    role: 'user',
    query: ofIntegration,
    response: z.array(statusMapping),
  },
  createStatusMapping: {
    method: 'POST',
    path: '/app/etl/statuses/mappings',
    summary: 'Map a status',
    tag: 'statuses',
    role: 'operator',
    body: z.strictObject({
      integration_id: id,
      ...given,
      role: given.role.default(null),
      workflow_id: given.workflow_id.default(null),
    }),
    status: 201,
    response: statusMapping.extend(applied),
  },
  updateStatusMapping: {
    method: 'PUT',
    path: '/app/etl/statuses/mappings/:id',
    summary: 'Change a mapping',
    tag: 'statuses',
    role: 'operator',
    params: uuidParams,
    body: z.strictObject(given).partial(),
    response: statusMapping.extend(applied),
  },
  statusMappingDependencies: {
    method: 'GET',
    path: '/app/etl/statuses/mappings/:id/dependencies',
    summary: 'Tell what uses a mapping',
    tag: 'statuses',
    role: 'user',
    params: uuidParams,
    response: dependencies,
  },
  deleteStatusMapping: {
    method: 'DELETE',
    path: '/app/etl/statuses/mappings/:id',
    summary: 'Delete a mapping; 409 while it is used, unless what uses it is moved or released',
    tag: 'statuses',
    role: 'operator',
    params: uuidParams,
    query: moveTo,
    response: removed,
  },
})
