import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { statusCategory, workflows } from './workflows.ts'

/** What people decide about the statuses of a name: what they are called, what they count as, and where work stands in them. */
export const statusesMappings = defineEntity({
  name: 'statuses_mappings',
  key: 'id',
  references: { workflow_id: workflows },
  edited: { label: 'status_from', unique: ['status_from'] },
  columns: z.object({
    id: z.string(),
    /** The name of the statuses in Jira, in any case. */
    status_from: z.string().trim().min(1),
    status_to: z.string().trim().min(1),
    /** What they count as, unless they are of a step of a workflow, which says so itself. */
    status_category: statusCategory,
    /** Time in them is review time. */
    role: z.enum(['review']).nullable(),
    workflow_id: z.string().nullable(),
  }),
})
