import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projectOfKey, workItems } from './work-items.ts'

/** What people wrote under a work item. */
export const comments = defineEntity({
  name: 'comments',
  key: ['work_item_id', 'comment_id'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  indexes: ['created'],
  columns: z.object({
    work_item_id: z.string(),
    comment_id: z.string(),
    /** The key when it was read; null in rows of an older version. It says by which project a comment is found. */
    work_item_key: z.string().nullable(),
    body: z.string().nullable(),
    author_account_id: z.string().nullable(),
    author_name: z.string().nullable(),
    update_author_account_id: z.string().nullable(),
    /** False for an internal note of a service project; null elsewhere. */
    is_public: z.boolean().nullable(),
    created: z.date().nullable(),
    updated: z.date().nullable(),
  }),
  embed: {
    text: (row) => row.body,
    payload: (row) => ({
      work_item: row.work_item_id,
      ...(row.work_item_key !== null && { work_item_key: row.work_item_key, project: projectOfKey(row.work_item_key) }),
      author: row.author_name,
      is_public: row.is_public,
      ...(row.created && { created: row.created }),
      ...(row.updated && { updated: row.updated }),
    }),
  },
})

/** Time that people logged on a work item. */
export const worklogs = defineEntity({
  name: 'worklogs',
  key: ['work_item_id', 'worklog_id'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  indexes: ['started'],
  columns: z.object({
    work_item_id: z.string(),
    worklog_id: z.string(),
    comment: z.string().nullable(),
    author_account_id: z.string().nullable(),
    author_name: z.string().nullable(),
    started: z.date().nullable(),
    time_spent_seconds: z.int().nullable(),
    created: z.date().nullable(),
    updated: z.date().nullable(),
  }),
})
