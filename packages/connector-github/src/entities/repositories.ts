import { defineEntity } from '@millrace/core'
import { z } from 'zod'

/** Known by their id: names and owners change. */
export const repositories = defineEntity({
  name: 'repositories',
  key: 'id',
  indexes: ['name_with_owner'],
  columns: z.object({
    id: z.string(),
    name: z.string(),
    name_with_owner: z.string(),
    /** A name that it had, by which the settings ask for it; null in rows of an older version. */
    former_name: z.string().nullable(),
    owner: z.string(),
    description: z.string().nullable(),
    url: z.string().nullable(),
    is_archived: z.boolean(),
    is_fork: z.boolean(),
    is_private: z.boolean(),
    default_branch: z.string().nullable(),
    language: z.string().nullable(),
    /** Empty as well where topics were not asked for. */
    topics: z.array(z.string()),
    created: z.date().nullable(),
    updated: z.date().nullable(),
    pushed: z.date().nullable(),
    /** Since when it is in sight by its name: when it was listed first, or again after it had been gone or was renamed. */
    seen_since: z.date().nullable(),
    /** Whether there is anything to read of its pull requests follows from these two. */
    latest_pr_updated: z.date().nullable(),
    open_prs: z.int(),
  }),
})
