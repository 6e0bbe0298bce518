import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projects } from './projects.ts'

/** The custom fields of a site. */
export const customFields = defineEntity({
  name: 'custom_fields',
  key: 'id',
  indexes: ['name'],
  columns: z.object({
    /** customfield_10016 */
    id: z.string(),
    name: z.string(),
    /** What its values are: string, number, option, option-with-child, user, date, datetime, team, array, any, … */
    field_type: z.string(),
    /** Of an array: what its elements are. */
    items_type: z.string().nullable(),
    /** The kind of field that people chose: com.atlassian.jira.plugin.system.customfieldtypes:select, … */
    custom_type: z.string().nullable(),
    /** What may be done to it where issues are created (set, add, remove); empty until a project was asked. */
    operations: z.array(z.string()),
    /** Jira's id of the team-managed project that owns the field; null for fields of the whole site. */
    scope_project_external_id: z.string().nullable(),
  }),
})

/** Which custom fields the issues of a project can have, as it was when people asked for it. */
export const projectsCustomFields = defineEntity({
  name: 'projects_custom_fields',
  key: 'id',
  references: { project_id: projects },
  indexes: ['project_key'],
  columns: z.object({
    /** The project's own id. */
    id: z.string(),
    project_id: z.string(),
    project_key: z.string(),
    integration_type: z.string(),
    discovered_fields: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        field_type: z.string(),
        operations: z.array(z.string()),
        /** Of at least one issue type. */
        required: z.boolean(),
        /** Ids of the issue types that have it. */
        wit_ids: z.array(z.string()),
      }),
    ),
    discovered_at: z.date(),
  }),
})
