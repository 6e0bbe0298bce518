import { defineEntity } from '@millrace/core'
import { z } from 'zod'

/** People and apps that work items, their histories, comments and worklogs, projects and components name. */
export const accounts = defineEntity({
  name: 'accounts',
  key: 'account_id',
  indexes: ['display_name'],
  columns: z.object({
    account_id: z.string(),
    display_name: z.string().nullable(),
  }),
})
