import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { count, idText } from './scalars.ts'

export const customFieldValues = z.object({
  /** How many work items were looked at: those that were updated last. */
  looked_at: count,
  /** The columns that hold anything, with a few different values of each, those of the latest items first. */
  columns: z.array(z.object({ column: z.string(), filled: count, samples: z.array(z.string()) })),
})
export type CustomFieldValues = z.output<typeof customFieldValues>

export const customFieldValueRoutes = defineRoutes({
  showCustomFieldValues: {
    method: 'GET',
    path: '/app/etl/custom-fields/values',
    summary: 'Show what the mapped columns hold, of the work items that were updated last',
    tag: 'custom-fields',
    role: 'user',
    query: z.strictObject({ integration_id: idText }),
    response: customFieldValues,
  },
})
