import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projects } from './projects.ts'
import { statusesMappings } from './statuses-mappings.ts'
import { statusCategory, workflows } from './workflows.ts'

export const statuses = defineEntity({
  name: 'statuses',
  key: 'id',
  references: { scope_project_id: projects, status_mapping_id: statusesMappings, workflow_id: workflows },
  columns: z.object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    /** new, indeterminate, done or undefined. Done does not mean resolved: that is `work_items.resolution`. */
    category_key: z.string().nullable(),
    /** In the language of the account. */
    category_name: z.string().nullable(),
    /** The team-managed project that owns the status; null for statuses of the whole site. */
    scope_project_id: z.string().nullable(),
    /** What people call it, and what it counts as: by their mapping, else by Jira. Metrics follow it. */
    mapped_name: z.string(),
    mapped_category: statusCategory.nullable(),
    status_mapping_id: z.string().nullable(),
    /** The step of a workflow that its mapping names. */
    workflow_id: z.string().nullable(),
  }),
})

/** Which statuses the workflows of a project use. */
export const projectsStatuses = defineEntity({
  name: 'projects_statuses',
  key: ['project_id', 'status_id'],
  parent: 'project_id',
  references: { project_id: projects, status_id: statuses },
  columns: z.object({ project_id: z.string(), status_id: z.string() }),
})
