import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projects } from './projects.ts'
import { witsHierarchies } from './wits-hierarchies.ts'
import { witsMappings } from './wits-mappings.ts'

/** Work item types; Jira calls them issue types. */
export const wits = defineEntity({
  name: 'wits',
  key: 'id',
  references: { scope_project_id: projects, wit_mapping_id: witsMappings, wits_hierarchy_id: witsHierarchies },
  columns: z.object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    /** -1 subtask, 0 base, 1 epic, more above. */
    hierarchy_level: z.int().nullable(),
    subtask: z.boolean(),
    /** The team-managed project that owns the type; null for types of the whole site. */
    scope_project_id: z.string().nullable(),
    /** What people call it, and its level: by their mapping, else by Jira. */
    mapped_name: z.string(),
    mapped_level: z.int().nullable(),
    wit_mapping_id: z.string().nullable(),
    wits_hierarchy_id: z.string().nullable(),
  }),
})

/** Which types a project uses. */
export const projectsWits = defineEntity({
  name: 'projects_wits',
  key: ['project_id', 'wit_id'],
  parent: 'project_id',
  references: { project_id: projects, wit_id: wits },
  columns: z.object({ project_id: z.string(), wit_id: z.string() }),
})
