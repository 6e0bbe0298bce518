import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projects } from './projects.ts'

export const statuses = defineEntity({
  name: 'statuses',
  key: 'id',
  references: { scope_project_id: projects },
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
