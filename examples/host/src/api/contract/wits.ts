import { z } from 'zod'
import { applied, configured, dependencies, moveTo, ofIntegration, removed } from './configuration.ts'
import { defineRoutes } from './route.ts'
import { count, id, label, uuidParams } from './scalars.ts'

/** A work item type as the provider has it. */
export const wit = z.object({
  id: z.uuid(),
  integration_id: id,
  external_id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  hierarchy_level: z.int().nullable(),
  subtask: z.boolean(),
  active: z.boolean(),
  work_items: count,
  /** The mapping that applies to it. */
  mapping_id: z.uuid().nullable(),
})
export type Wit = z.output<typeof wit>

/** Types of this name are called otherwise, and are of this level. */
export const witMapping = z.object({
  ...configured,
  wit_from: z.string(),
  wit_to: z.string(),
  wits_hierarchy_id: z.uuid().nullable(),
})
export type WitMapping = z.output<typeof witMapping>

const given = { wit_from: label, wit_to: label, wits_hierarchy_id: z.uuid().nullable() }

export const witRoutes = defineRoutes({
  listWits: {
    method: 'GET',
    path: '/app/etl/wits',
    summary: 'List the work item types that were read',
    tag: 'wits',
    role: 'user',
    query: ofIntegration,
    response: z.array(wit),
  },
  listWitMappings: {
    method: 'GET',
    path: '/app/etl/wits/mappings',
    summary: 'List how work item types are called and leveled',
    tag: 'wits',
    role: 'user',
    query: ofIntegration,
    response: z.array(witMapping),
  },
  createWitMapping: {
    method: 'POST',
    path: '/app/etl/wits/mappings',
    summary: 'Map a work item type',
    tag: 'wits',
    role: 'operator',
    body: z.strictObject({ integration_id: id, ...given, wits_hierarchy_id: given.wits_hierarchy_id.default(null) }),
    status: 201,
    response: witMapping.extend(applied),
  },
  updateWitMapping: {
    method: 'PUT',
    path: '/app/etl/wits/mappings/:id',
    summary: 'Change a mapping',
    tag: 'wits',
    role: 'operator',
    params: uuidParams,
    body: z.strictObject(given).partial(),
    response: witMapping.extend(applied),
  },
  witMappingDependencies: {
    method: 'GET',
    path: '/app/etl/wits/mappings/:id/dependencies',
    summary: 'Tell what uses a mapping',
    tag: 'wits',
    role: 'user',
    params: uuidParams,
    response: dependencies,
  },
  deleteWitMapping: {
    method: 'DELETE',
    path: '/app/etl/wits/mappings/:id',
    summary: 'Delete a mapping; 409 while it is used, unless what uses it is moved or released',
    tag: 'wits',
    role: 'operator',
    params: uuidParams,
    query: moveTo,
    response: removed,
  },
})
