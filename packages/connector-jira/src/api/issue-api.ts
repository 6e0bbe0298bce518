import { z } from 'zod'
import { hasDevelopment } from '../development-field.ts'
import { lenient, named, optionalTime, person, requiredTime, text } from './lenient.ts'
import { statusCategory } from './status-api.ts'

const reference = z.looseObject({ id: z.string() })

const linkEnd = lenient(z.looseObject({ id: z.string(), key: text }))

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/ */
const issueLink = z.looseObject({
  id: z.string(),
  type: lenient(z.looseObject({ id: text, name: text, inward: text, outward: text })),
  outwardIssue: linkEnd,
  inwardIssue: linkEnd,
})

/** What an issue tells of a collection that may be longer. Entries are parsed with their issue. */
const embeddedComments = z.looseObject({ total: z.int(), comments: z.array(z.unknown()) })
const embeddedWorklogs = z.looseObject({ total: z.int(), worklogs: z.array(z.unknown()) })
const embeddedHistories = z.looseObject({ total: z.int(), histories: z.array(z.unknown()) })

/**
 * An issue needs its id, key and `updated`; whatever else is missing or not as we know it becomes null, because a field
 * hidden by a permission or renamed by an administrator is no reason to lose the issue.
 */
export const issue = z.looseObject({
  id: z.string(),
  key: z.string(),
  fields: z.looseObject({
    summary: text,
    /** ADF, or plain text where version 2 of the API or a custom renderer is at work. */
    description: z.unknown().optional(),
    created: optionalTime,
    updated: requiredTime,
    duedate: text,
    resolutiondate: optionalTime,
    project: lenient(reference),
    issuetype: lenient(reference),
    status: lenient(z.looseObject({ id: z.string(), name: text, statusCategory: lenient(statusCategory) })),
    parent: lenient(reference),
    priority: lenient(named),
    resolution: lenient(named),
    assignee: lenient(person),
    reporter: lenient(person),
    creator: lenient(person),
    labels: lenient(z.array(z.string())),
    components: lenient(z.array(named)),
    fixVersions: lenient(z.array(named)),
    versions: lenient(z.array(named)),
    issuelinks: lenient(z.array(issueLink)),
    comment: lenient(embeddedComments),
    worklog: lenient(embeddedWorklogs),
    timeoriginalestimate: lenient(z.number()),
    timeestimate: lenient(z.number()),
    timespent: lenient(z.number()),
  }),
  changelog: lenient(embeddedHistories),
})

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post */
export const issuePage = z.looseObject({
  issues: z.array(issue),
  isLast: lenient(z.boolean()),
  nextPageToken: text,
})

/**
 * A page of a search, whichever way it pages: Cloud gives a token, Data Center says where the page began and how many issues
 * there are; then the token is the position of the next page.
 */
function pageOf<Issue>(issue: z.ZodType<Issue>) {
  return z
    .object({
      issues: z.array(issue),
      isLast: lenient(z.boolean()),
      nextPageToken: text,
      startAt: lenient(z.int()),
      total: lenient(z.int()),
    })
    .transform(({ issues, startAt, total, isLast, nextPageToken }) => {
      if (startAt === null || total === null) return { issues, isLast, nextPageToken, total }
      const end = startAt + issues.length
      const last = issues.length === 0 || end >= total
      return { issues, isLast: last, nextPageToken: last ? null : String(end), total }
    })
}

/** The same search with nothing but ids. */
export const identityPage = pageOf(z.object({ id: z.string() }))

export type CutCollection = 'comments' | 'worklogs'

const collections = z.looseObject({ comment: lenient(embeddedComments), worklog: lenient(embeddedWorklogs) })

/** Which collections the page only begins to tell. */
function cutCollections(fields: unknown): readonly CutCollection[] {
  const parsed = collections.safeParse(fields)
  if (!parsed.success) return []
  const { comment, worklog } = parsed.data
  return [
    ...(comment && comment.comments.length < comment.total ? (['comments'] as const) : []),
    ...(worklog && worklog.worklogs.length < worklog.total ? (['worklogs'] as const) : []),
  ]
}

/**
 * What reading on needs of a page; its issues are looked at when they are transformed, where a bad one fails alone. Nothing
 * else is kept: the page is a thousand times larger, and reading its histories takes a while.
 */
export const issuePageEnvelope = pageOf(
  z
    .object({
      id: z.string(),
      fields: z.unknown().optional(),
      changelog: lenient(embeddedHistories),
    })
    .transform((issue) => ({
      id: issue.id,
      hasDevelopment: hasDevelopment(issue),
      /** Whether the page holds the whole history. A search embeds no more than the latest entries. */
      hasWholeHistory: issue.changelog !== null && issue.changelog.histories.length >= issue.changelog.total,
      cut: cutCollections(issue.fields),
    })),
)

/**
 * Histories stay unparsed here: they are parsed issue by issue, so that a bad one takes only its issue along.
 * Neither page of a record can be taken for the other.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-changelog-bulkfetch-post
 */
export const changelogPage = z.looseObject({
  issues: z.undefined().optional(),
  issueChangeLogs: z
    .array(z.looseObject({ issueId: z.string(), changeHistories: z.array(z.unknown()).default([]) }))
    .default([]),
  nextPageToken: text,
})

/** The property `toString` is not declared: every object inherits one, and a schema would take that for the value. */
export const historyItem = z.looseObject({
  field: z.string(),
  fieldtype: text,
  /** Most items of real sites have none: links, ranks and workflows are no fields. */
  fieldId: text,
  from: text,
  fromString: text,
  to: text,
})

export const history = z.looseObject({
  id: z.coerce.string(),
  created: requiredTime,
  author: lenient(person),
  items: z.array(historyItem).default([]),
})

export type JiraIssue = z.output<typeof issue>
export type JiraIssueLink = z.output<typeof issueLink>
export type IdentityPage = z.output<typeof identityPage>
export type IssuePageEnvelope = z.output<typeof issuePageEnvelope>
export type ChangelogPage = z.output<typeof changelogPage>
export type JiraHistory = z.output<typeof history>
export type JiraHistoryItem = z.output<typeof historyItem>
