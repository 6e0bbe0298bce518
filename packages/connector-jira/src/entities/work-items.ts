import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { customFieldColumns } from './custom-field-columns.ts'
import { projects } from './projects.ts'
import { statuses } from './statuses.ts'
import { wits } from './wits.ts'
import { workflowMetricColumns } from './workflow-metric-columns.ts'

const namedList = z.array(z.object({ id: z.string().nullable(), name: z.string().nullable() }))

/** Work items; Jira calls them issues. */
export const workItems = defineEntity({
  name: 'work_items',
  key: 'id',
  version: 'updated',
  references: { project_id: projects, wit_id: wits, status_id: statuses, parent_id: 'self' },
  indexes: ['key', 'created', 'updated', 'custom_fields_overflow'],
  columns: z.object({
    id: z.string(),
    key: z.string(),
    project_id: z.string().nullable(),
    wit_id: z.string().nullable(),
    status_id: z.string().nullable(),
    parent_id: z.string().nullable(),
    summary: z.string().nullable(),
    description: z.string().nullable(),
    assignee_account_id: z.string().nullable(),
    assignee_name: z.string().nullable(),
    reporter_account_id: z.string().nullable(),
    reporter_name: z.string().nullable(),
    creator_account_id: z.string().nullable(),
    creator_name: z.string().nullable(),
    priority: z.string().nullable(),
    resolution: z.string().nullable(),
    resolved_at: z.date().nullable(),
    /** A calendar day, YYYY-MM-DD: it has no time zone and is no moment. */
    due_date: z.string().nullable(),
    labels: z.array(z.string()),
    components: namedList,
    fix_versions: namedList,
    affected_versions: namedList,
    original_estimate_seconds: z.number().nullable(),
    remaining_estimate_seconds: z.number().nullable(),
    time_spent_seconds: z.number().nullable(),
    /** Whether the development panel shows anything, as far as the issue itself tells. */
    has_development: z.boolean(),
    created: z.date().nullable(),
    updated: z.date(),
    ...customFieldColumns,
    ...workflowMetricColumns,
  }),
  embed: {
    title: (row) => `${row.key} ${row.summary ?? ''}`.trim(),
    text: (row) => row.description,
    payload: (row) => ({
      key: row.key,
      project: projectOfKey(row.key),
      title: row.summary,
      status: row.status_id,
      priority: row.priority,
      resolution: row.resolution,
      assignee: row.assignee_name,
      labels: row.labels,
      ...(row.created && { created: row.created }),
      updated: row.updated,
    }),
  },
})

/** An issue's key begins with its project's key, also after it moved. */
export function projectOfKey(key: string): string {
  return key.slice(0, key.lastIndexOf('-'))
}

/** Every key that an issue ever had: it gets a new one when it moves to another project, and old links keep the old one. */
export const workItemKeys = defineEntity({
  name: 'work_item_keys',
  key: ['work_item_id', 'key'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  indexes: ['key'],
  columns: z.object({ work_item_id: z.string(), key: z.string(), is_current: z.boolean() }),
})
