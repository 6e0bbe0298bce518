import { z } from 'zod'
import { id, lenient, optionalTime, person } from './lenient.ts'

/** What comments and worklogs have in common. */
export const remark = z.looseObject({
  id,
  author: lenient(person),
  updateAuthor: lenient(person),
  created: optionalTime,
  updated: optionalTime,
})

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/ */
export const comment = remark.extend({ body: z.unknown().optional(), jsdPublic: lenient(z.boolean()) })

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/ */
export const worklog = remark.extend({
  comment: z.unknown().optional(),
  started: optionalTime,
  timeSpentSeconds: lenient(z.int()),
})

const total = z.int().min(0)

/**
 * Pages of a collection that an issue only begins to tell. Entries stay unparsed: they are parsed with their issue, so that
 * a bad one takes only its issue along.
 */
export const commentsPage = z.looseObject({ issues: z.undefined().optional(), total, comments: z.array(z.unknown()) })
export const worklogsPage = z.looseObject({ issues: z.undefined().optional(), total, worklogs: z.array(z.unknown()) })

export type CommentsPage = z.output<typeof commentsPage>
export type WorklogsPage = z.output<typeof worklogsPage>
