import { z } from 'zod'
import { lenient, optionalTime, person } from './lenient.ts'

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/ */
export const comment = z.looseObject({
  id: z.coerce.string(),
  body: z.unknown().optional(),
  author: lenient(person),
  updateAuthor: lenient(person),
  jsdPublic: lenient(z.boolean()),
  created: optionalTime,
  updated: optionalTime,
})

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/ */
export const worklog = z.looseObject({
  id: z.coerce.string(),
  comment: z.unknown().optional(),
  author: lenient(person),
  started: optionalTime,
  timeSpentSeconds: lenient(z.int()),
  created: optionalTime,
  updated: optionalTime,
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
