import { defineEntity } from '@millrace/core'
import { z } from 'zod'

/** What statuses count as, in the words of people. */
export const statusCategory = z.enum(['To Do', 'In Progress', 'Done'])

export type StatusCategory = z.output<typeof statusCategory>

/** Steps of how work flows, in order. People make them, and map statuses to them. */
export const workflows = defineEntity({
  name: 'workflows',
  key: 'id',
  edited: { label: 'step_name', unique: ['step_name'] },
  columns: z.object({
    id: z.string(),
    step_name: z.string().trim().min(1),
    step_number: z.int(),
    /** What the statuses of this step count as, whatever their mappings say. */
    step_category: statusCategory,
    /** Entering it is the commitment that lead time begins with. Where no step is one, entering To Do is. */
    is_commitment_point: z.boolean(),
  }),
})
