import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projects } from './projects.ts'

/** Versions of a project, released or not. */
export const versions = defineEntity({
  name: 'versions',
  key: ['project_id', 'version_id'],
  parent: 'project_id',
  references: { project_id: projects },
  indexes: ['version_id'],
  columns: z.object({
    project_id: z.string(),
    version_id: z.string(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    released: z.boolean(),
    archived: z.boolean(),
    /** Calendar days, YYYY-MM-DD. */
    start_date: z.string().nullable(),
    release_date: z.string().nullable(),
  }),
})

/** Components of a project. */
export const components = defineEntity({
  name: 'components',
  key: ['project_id', 'component_id'],
  parent: 'project_id',
  references: { project_id: projects },
  indexes: ['component_id'],
  columns: z.object({
    project_id: z.string(),
    component_id: z.string(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    lead_account_id: z.string().nullable(),
    lead_name: z.string().nullable(),
  }),
})
