import { z } from 'zod'
import { hasDevelopment } from '../development-field.ts'
import { id, lenient, named, optionalTime, person, requiredTime, text } from './lenient.ts'
import { statusCategory } from './status-api.ts'

const reference = z.object({ id: z.string() })

const linkEnd = lenient(z.object({ id: z.string(), key: text }))

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/ */
const issueLink = z.object({
  id: z.string(),
  type: lenient(z.object({ id: text, name: text, inward: text, outward: text })),
  outwardIssue: linkEnd,
  inwardIssue: linkEnd,
})

/** What an issue tells of a collection that may be longer. Entries are parsed with their issue. */
const embeddedComments = z.object({ total: z.int(), comments: z.array(z.unknown()) })
const embeddedWorklogs = z.object({ total: z.int(), worklogs: z.array(z.unknown()) })
const embeddedHistories = z.object({ total: z.int(), histories: z.array(z.unknown()) })

const knownFields = z.object({
  summary: text,
  /** ADF, or plain text where version 2 of the API or a custom renderer is at work. */
  description: z.unknown().optional(),
  created: optionalTime,
  updated: requiredTime,
  duedate: text,
  resolutiondate: optionalTime,
  project: lenient(reference),
  issuetype: lenient(reference),
  status: lenient(z.object({ id: z.string(), name: text, statusCategory: lenient(statusCategory) })),
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
})

/** The fields that we know, and all of them as they came: a copy of hundreds of custom fields would cost more than the rest. */
const fields = z.unknown().transform((all, ctx) => {
  const known = knownFields.safeParse(all)
  if (known.success) return { ...known.data, all: all as { readonly [id: string]: unknown } }
  for (const { message, path } of known.error.issues) ctx.addIssue({ code: 'custom', message, path: [...path] })
  return z.NEVER
})

/**
 * An issue needs its id, key and `updated`; whatever else is missing or not as we know it becomes null, because a field
 * hidden by a permission or renamed by an administrator is no reason to lose the issue.
 */
export const issue = z.object({
  id: z.string(),
  key: z.string(),
  fields,
  changelog: lenient(embeddedHistories),
})

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post */
export const issuePage = z.object({
  issues: z.array(issue),
  isLast: lenient(z.boolean()),
  nextPageToken: text,
})

/** A page of a search. Cloud says whether it is the last one, and gives a token where it is not. */
function tokenPage<Issue>(issue: z.ZodType<Issue>) {
  return z.object({ issues: z.array(issue), isLast: lenient(z.boolean()), nextPageToken: text })
}

/** A page of a search on Data Center, which says how many issues it would find without pages. */
function countedPage<Issue>(issue: z.ZodType<Issue>) {
  return z.object({ issues: z.array(issue), total: z.int() })
}

const identity = z.object({ id: z.string() })

/** A page of nothing but ids, as it is stored. */
export const identityPage = z.object({ issues: z.array(identity) })
export const identitiesByToken = tokenPage(identity)
export const identitiesCounted = countedPage(identity)

export type CutCollection = 'comments' | 'worklogs'

const collections = z.object({ comment: lenient(embeddedComments), worklog: lenient(embeddedWorklogs) })

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
 * A search on Cloud embeds so many of the latest histories at most, and describes their `total` as the number of those that
 * it embeds.
 */
const EMBEDDED_HISTORIES = 40

/**
 * What reading on needs of an issue; it is looked at when it is transformed, where a bad one fails alone. Nothing else is
 * kept: the page is a thousand times larger, and reading its histories takes a while.
 */
const issueEnvelope = z
  .object({
    id: z.string(),
    fields: z.unknown().optional(),
    changelog: lenient(embeddedHistories),
  })
  .transform((issue) => {
    const { histories = [], total = 1 } = issue.changelog ?? {}
    return {
      id: issue.id,
      hasDevelopment: hasDevelopment(issue),
      /** Whether the page holds the whole history, as far as its total tells. */
      hasCountedHistory: histories.length >= total,
      /** Whether it is shorter than what a search would cut. */
      hasShortHistory: histories.length < EMBEDDED_HISTORIES,
      cut: cutCollections(issue.fields),
    }
  })

/** Issues that were asked for by their ids. */
export const issueList = z.object({ issues: z.array(issueEnvelope) })
export const issuesByToken = tokenPage(issueEnvelope)
export const issuesCounted = countedPage(issueEnvelope)

/** An issue with nothing but its history, as Data Center tells it. Histories stay unparsed here as well. */
export const issueHistory = z.looseObject({
  id: z.string(),
  issues: z.undefined().optional(),
  changelog: embeddedHistories,
})

/**
 * Histories stay unparsed here: they are parsed issue by issue, so that a bad one takes only its issue along.
 * Neither page of a record can be taken for the other.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-changelog-bulkfetch-post
 */
export const changelogPage = z.looseObject({
  issues: z.undefined().optional(),
  issueChangeLogs: z
    .array(z.object({ issueId: z.string(), changeHistories: z.array(z.unknown()).default([]) }))
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

export const history = z.object({
  id,
  created: requiredTime,
  author: lenient(person),
  items: z.array(historyItem).default([]),
})

export type JiraIssue = z.output<typeof issue>
export type JiraIssueLink = z.output<typeof issueLink>
export type Identity = z.output<typeof identity>
export type IssueEnvelope = z.output<typeof issueEnvelope>
export type IssueList = { readonly issues: readonly IssueEnvelope[] }
export type IssueHistory = z.output<typeof issueHistory>
export type ChangelogPage = z.output<typeof changelogPage>
export type JiraHistory = z.output<typeof history>
export type JiraHistoryItem = z.output<typeof historyItem>
