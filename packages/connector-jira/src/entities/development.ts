import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { workItems } from './work-items.ts'

/** Branches that the development panel of an issue shows. */
export const workItemsBranches = defineEntity({
  name: 'work_items_branches',
  key: ['work_item_id', 'url'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  indexes: ['url'],
  columns: z.object({
    work_item_id: z.string(),
    url: z.string(),
    name: z.string().nullable(),
    repository_name: z.string().nullable(),
    repository_url: z.string().nullable(),
  }),
})

/** Commits that the development panel of an issue shows. */
export const workItemsCommits = defineEntity({
  name: 'work_items_commits',
  key: ['work_item_id', 'url'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  indexes: ['url', 'sha'],
  columns: z.object({
    work_item_id: z.string(),
    url: z.string(),
    sha: z.string().nullable(),
    message: z.string().nullable(),
    author_name: z.string().nullable(),
    authored_at: z.date().nullable(),
    is_merge: z.boolean(),
    file_count: z.int().nullable(),
    repository_name: z.string().nullable(),
    repository_url: z.string().nullable(),
  }),
})
