import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { workItems } from './work-items.ts'

/** Links between work items. Each end has a row of its own, so that either is complete when only one of them is read. */
export const issueLinks = defineEntity({
  name: 'issue_links',
  key: ['work_item_id', 'link_id'],
  parent: 'work_item_id',
  references: { work_item_id: workItems, linked_work_item_id: workItems },
  columns: z.object({
    work_item_id: z.string(),
    link_id: z.string(),
    linked_work_item_id: z.string().nullable(),
    linked_key: z.string().nullable(),
    type_id: z.string().nullable(),
    type_name: z.string().nullable(),
    /** From the point of view of this end: `outward` blocks, `inward` is blocked by. */
    direction: z.enum(['outward', 'inward']),
    /** The direction in words, such as "is blocked by". */
    phrase: z.string().nullable(),
  }),
})
