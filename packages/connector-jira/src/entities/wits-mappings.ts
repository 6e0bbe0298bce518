import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { witsHierarchies } from './wits-hierarchies.ts'

/** What people decide about the work item types of a name: what they are called, and their level. */
export const witsMappings = defineEntity({
  name: 'wits_mappings',
  key: 'id',
  references: { wits_hierarchy_id: witsHierarchies },
  edited: { label: 'wit_from', unique: ['wit_from'] },
  columns: z.object({
    id: z.string(),
    /** The name of the types in Jira, in any case. */
    wit_from: z.string().trim().min(1),
    wit_to: z.string().trim().min(1),
    wits_hierarchy_id: z.string().nullable(),
  }),
})
