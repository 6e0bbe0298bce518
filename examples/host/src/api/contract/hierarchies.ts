import { z } from 'zod'
import { applied, configured, dependencies, moveTo, ofIntegration, removed } from './configuration.ts'
import { defineRoutes } from './route.ts'
import { id, label, line, uuidParams } from './scalars.ts'

/** A level of work items: 0 is what people work on, -1 its parts, more is above. */
export const hierarchy = z.object({
  ...configured,
  level_name: z.string(),
  level_number: z.int(),
  description: z.string().nullable(),
})
export type Hierarchy = z.output<typeof hierarchy>

const given = {
  level_name: label,
  level_number: z.int().min(-10).max(100),
  description: line(1_000).nullable(),
}

export const hierarchyRoutes = defineRoutes({
  listHierarchies: {
    method: 'GET',
    path: '/app/etl/hierarchies',
    summary: 'List the levels of work items, the lowest first',
    tag: 'hierarchies',
    role: 'user',
    query: ofIntegration,
    response: z.array(hierarchy),
  },
  createHierarchy: {
    method: 'POST',
    path: '/app/etl/hierarchies',
    summary: 'Add a level',
    tag: 'hierarchies',
    role: 'operator',
    body: z.strictObject({ integration_id: id, ...given, description: given.description.default(null) }),
    status: 201,
    response: hierarchy.extend(applied),
  },
  updateHierarchy: {
    method: 'PUT',
    path: '/app/etl/hierarchies/:id',
    summary: 'Change a level',
    tag: 'hierarchies',
    role: 'operator',
    params: uuidParams,
    body: z.strictObject(given).partial(),
    response: hierarchy.extend(applied),
  },
  hierarchyDependencies: {
    method: 'GET',
    path: '/app/etl/hierarchies/:id/dependencies',
    summary: 'Tell what uses a level',
    tag: 'hierarchies',
    role: 'user',
    params: uuidParams,
    response: dependencies,
  },
  deleteHierarchy: {
    method: 'DELETE',
    path: '/app/etl/hierarchies/:id',
    summary: 'Delete a level; 409 while it is used, unless what uses it is moved or released',
    tag: 'hierarchies',
    role: 'operator',
    params: uuidParams,
    query: moveTo,
    response: removed,
  },
})
