import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { people } from './people.ts'
import { pullRequestMetricColumns } from './pull-request-metric-columns.ts'
import { repositories } from './repositories.ts'

/** Pull requests. */
export const prs = defineEntity({
  name: 'prs',
  key: 'id',
  version: 'updated',
  references: { repository_id: repositories, author_id: people, merged_by_id: people },
  indexes: ['created', 'updated', 'url'],
  columns: z.object({
    id: z.string(),
    /** Larger than a number can hold. */
    database_id: z.string().nullable(),
    repository_id: z.string(),
    number: z.int(),
    title: z.string().nullable(),
    body: z.string().nullable(),
    /** OPEN, CLOSED or MERGED. */
    state: z.string().nullable(),
    is_draft: z.boolean(),
    url: z.string().nullable(),
    /** Null when the account was deleted. */
    author_id: z.string().nullable(),
    author_login: z.string().nullable(),
    author_type: z.string().nullable(),
    merged_by_id: z.string().nullable(),
    source_branch: z.string().nullable(),
    destination_branch: z.string().nullable(),
    head_commit: z.string().nullable(),
    merge_commit: z.string().nullable(),
    review_decision: z.string().nullable(),
    created: z.date(),
    updated: z.date(),
    closed: z.date().nullable(),
    merged: z.date().nullable(),
    ...pullRequestMetricColumns,
  }),
  embed: {
    title: (row) => `#${row.number} ${row.title ?? ''}`.trim(),
    text: (row) => row.body,
    payload: (row) => ({
      number: row.number,
      title: row.title,
      repository: row.repository_id,
      url: row.url,
      state: row.state,
      author: row.author_login,
      created: row.created,
      updated: row.updated,
    }),
  },
})
