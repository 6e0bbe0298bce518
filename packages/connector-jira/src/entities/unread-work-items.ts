import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { workItems } from './work-items.ts'

/**
 * Work items of which something went out of sight before it was read. They are read again once they are back; nothing of them
 * need change for that, so no window would find them.
 */
export const unreadWorkItems = defineEntity({
  name: 'unread_work_items',
  key: ['work_item_id'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  columns: z.object({
    work_item_id: z.string(),
    /** Jira's id of it. */
    issue_id: z.string(),
  }),
})
