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

/** Pull requests that the development panel of an issue shows. The URL is how a code host's own connector knows them. */
export const workItemsPrs = defineEntity({
  name: 'work_items_prs',
  key: ['work_item_id', 'url'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  indexes: ['url'],
  columns: z.object({
    work_item_id: z.string(),
    url: z.string(),
    /** As shown: #557. */
    number: z.string().nullable(),
    title: z.string().nullable(),
    /** OPEN, MERGED, DECLINED or DRAFT. */
    status: z.string().nullable(),
    repository_name: z.string().nullable(),
    repository_url: z.string().nullable(),
    source_branch: z.string().nullable(),
    destination_branch: z.string().nullable(),
    author_name: z.string().nullable(),
    reviewers: z.array(z.object({ name: z.string().nullable(), approved: z.boolean() })),
    comment_count: z.int().nullable(),
    pr_updated_at: z.date().nullable(),
    /** The kind of code host: GitHub, GitLab, … */
    host: z.string().nullable(),
  }),
})
