import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projects } from './projects.ts'

/** Work item types; Jira calls them issue types. */
export const wits = defineEntity({
  name: 'wits',
  key: 'id',
  references: { scope_project_id: projects },
  columns: z.object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    /** -1 subtask, 0 base, 1 epic, more above. */
    hierarchy_level: z.int().nullable(),
    subtask: z.boolean(),
    /** The team-managed project that owns the type; null for types of the whole site. */
    scope_project_id: z.string().nullable(),
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
