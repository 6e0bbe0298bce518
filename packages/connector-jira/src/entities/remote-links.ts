import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { workItems } from './work-items.ts'

/** Links of a work item to things outside of Jira: pages, tickets of other systems, anything with an address. */
export const remoteLinks = defineEntity({
  name: 'remote_links',
  key: ['work_item_id', 'link_id'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  columns: z.object({
    work_item_id: z.string(),
    link_id: z.string(),
    global_id: z.string().nullable(),
    relationship: z.string().nullable(),
    application: z.string().nullable(),
    url: z.string().nullable(),
    title: z.string().nullable(),
    summary: z.string().nullable(),
    resolved: z.boolean().nullable(),
  }),
})
