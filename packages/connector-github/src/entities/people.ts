import { defineEntity } from '@millrace/core'
import { z } from 'zod'

/** Whoever wrote, reviewed or was asked to: users, bots, mannequins, enterprise accounts. Deleted accounts have no row. */
export const people = defineEntity({
  name: 'people',
  key: 'id',
  indexes: ['login'],
  columns: z.object({
    id: z.string(),
    login: z.string(),
    /** User, Bot, Mannequin, EnterpriseUserAccount or Organization. */
    type: z.string(),
  }),
})
