import { defineEntity } from '@millrace/core'
import { z } from 'zod'

/** Levels of work items that people make: 0 is what people work on, -1 its parts, more is above. */
export const witsHierarchies = defineEntity({
  name: 'wits_hierarchies',
  key: 'id',
  edited: { label: 'level_name', unique: ['level_name'] },
  columns: z.object({
    id: z.string(),
    level_name: z.string().trim().min(1),
    level_number: z.int(),
    description: z.string().nullable(),
  }),
})
