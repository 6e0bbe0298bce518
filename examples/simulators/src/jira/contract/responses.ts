import { z } from 'zod'

/**
 * What clients may rely on in answers. Objects that Jira extends freely (users, issues, fields) are loose; envelopes
 * are strict, because a page that grows a `total` would be a different API.
 */

const id = z.string().regex(/^\d+$/)
const count = z.int().min(0)
/** Jira's times: milliseconds, and an offset without a colon. */
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/)
const nullableText = z.string().nullable()

export const errorResponse = z.strictObject({
  errorMessages: z.array(z.string()).min(1),
  errors: z.strictObject({}),
})

export const userResponse = z.looseObject({
  self: z.url(),
  accountId: z.string().min(1),
  displayName: z.string().min(1),
  active: z.boolean(),
  timeZone: z.string().optional(),
})

const scope = z.strictObject({ type: z.literal('PROJECT'), project: z.looseObject({ id }) })

export const statusResponse = z.looseObject({
  id,
  name: z.string(),
  statusCategory: z.looseObject({
    id: z.int(),
    key: z.enum(['new', 'indeterminate', 'done', 'undefined']),
    name: z.string(),
  }),
  scope: scope.optional(),
})

export const issueTypeResponse = z.looseObject({
  id,
  name: z.string(),
  subtask: z.boolean(),
  hierarchyLevel: z.union([z.literal(-1), z.literal(0), z.literal(1)]),
  scope: scope.optional(),
})

const offsetEnvelope = {
  self: z.url(),
  nextPage: z.url().optional(),
  maxResults: count,
  startAt: count,
  total: count,
  isLast: z.boolean(),
}

export const projectPageResponse = z.strictObject({
  ...offsetEnvelope,
  values: z.array(
    z.looseObject({
      id,
      key: z.string(),
      name: z.string(),
      style: z.enum(['classic', 'next-gen']),
      issueTypes: z.array(issueTypeResponse).optional(),
    }),
  ),
})

export const projectStatusesResponse = z.array(
  z.strictObject({
    self: z.url(),
    id,
    name: z.string(),
    subtask: z.boolean(),
    statuses: z.array(statusResponse).min(1),
  }),
)

export const versionsResponse = z.array(
  z.looseObject({ id, name: z.string(), archived: z.boolean(), released: z.boolean(), projectId: z.int() }),
)

export const componentsResponse = z.array(
  z.looseObject({ id, name: z.string(), lead: userResponse.optional(), projectId: z.int() }),
)

export const statusPageResponse = z.strictObject({
  ...offsetEnvelope,
  values: z.array(
    z.strictObject({
      id,
      name: z.string(),
      statusCategory: z.enum(['TODO', 'IN_PROGRESS', 'DONE']),
      scope: z.union([z.strictObject({ type: z.literal('GLOBAL') }), scope]),
      description: z.string(),
    }),
  ),
})

export const linkTypesResponse = z.strictObject({
  issueLinkTypes: z.array(
    z.strictObject({ id, name: z.string(), inward: z.string(), outward: z.string(), self: z.url() }),
  ),
})

const fieldSchema = z.strictObject({
  type: z.string(),
  items: z.string().optional(),
  system: z.string().optional(),
  custom: z.string().optional(),
  customId: z.int().optional(),
})

export const fieldsResponse = z.array(
  z.looseObject({
    id: z.string(),
    key: z.string(),
    name: z.string(),
    custom: z.boolean(),
    orderable: z.boolean(),
    navigable: z.boolean(),
    searchable: z.boolean(),
    clauseNames: z.array(z.string()),
    schema: fieldSchema,
    scope: scope.optional(),
  }),
)

export const fieldPageResponse = z.strictObject({
  ...offsetEnvelope,
  maxResults: count.max(50),
  values: z.array(z.looseObject({ id: z.string(), name: z.string(), schema: fieldSchema })),
})

const changeItem = z.strictObject({
  field: z.string(),
  fieldtype: z.enum(['jira', 'custom']),
  fieldId: z.string().optional(),
  from: nullableText,
  fromString: nullableText,
  to: nullableText,
  toString: nullableText,
})

const history = { id, author: userResponse, items: z.array(changeItem).min(1) }
const isoHistory = z.strictObject({ ...history, created: time })

export const issueResponse = z.looseObject({
  id,
  key: z.string().regex(/^[A-Z][A-Z0-9_]*-\d+$/),
  self: z.url(),
  fields: z
    .looseObject({
      created: time.optional(),
      updated: time.optional(),
      resolutiondate: time.nullish(),
      status: statusResponse.optional(),
      issuetype: z.looseObject({ id }).optional(),
      assignee: userResponse.nullish(),
      description: z.looseObject({ type: z.literal('doc'), version: z.literal(1) }).nullish(),
      customfield_10000: z.string().optional(),
    })
    .optional(),
  changelog: z
    .strictObject({ startAt: z.literal(0), maxResults: count, total: count, histories: z.array(isoHistory).max(40) })
    .optional(),
})

const searchEnvelope = {
  names: z.record(z.string(), z.string()).optional(),
  schema: z.record(z.string(), fieldSchema).optional(),
}
const foundIssue = z.union([z.strictObject({ id }), issueResponse])

/** A page of a search: no total, no offset; the last page says so and has no token. */
export const searchResponse = z.union([
  z.strictObject({ ...searchEnvelope, issues: z.array(foundIssue), isLast: z.literal(true) }),
  z.strictObject({
    ...searchEnvelope,
    issues: z.array(foundIssue),
    isLast: z.literal(false),
    nextPageToken: z.string().min(1),
  }),
])

export const countResponse = z.strictObject({ count })

export const bulkFetchResponse = z.strictObject({
  issues: z.array(issueResponse),
  issueErrors: z.array(z.strictObject({ id: z.string(), errorMessage: z.string() })),
})

/** Histories by issue. `created` is a number of milliseconds, unlike everywhere else. */
export const bulkChangelogResponse = z.strictObject({
  issueChangeLogs: z.array(
    z.strictObject({
      issueId: id,
      changeHistories: z.array(z.strictObject({ ...history, created: z.int().min(1e12) })).min(1),
    }),
  ),
  nextPageToken: z.string().min(1).optional(),
})

export const changelogPageResponse = z.strictObject({
  ...offsetEnvelope,
  maxResults: count.max(100),
  values: z.array(isoHistory),
})

const remark = { id, author: userResponse, created: time, updated: time }

export const commentPageResponse = z.strictObject({
  startAt: count,
  maxResults: count,
  total: count,
  comments: z.array(z.looseObject({ ...remark, body: z.looseObject({ type: z.literal('doc') }) })),
})

export const worklogPageResponse = z.strictObject({
  startAt: count,
  maxResults: count,
  total: count,
  worklogs: z.array(z.looseObject({ ...remark, started: time, timeSpentSeconds: count, issueId: id })),
})

const instances = z.record(z.string(), z.strictObject({ count, name: z.string() }))

export const developmentSummaryResponse = z.strictObject({
  errors: z.array(z.never()),
  configErrors: z.array(z.never()),
  summary: z.record(
    z.string(),
    z.strictObject({ overall: z.looseObject({ count, dataType: z.string() }), byInstanceType: instances }),
  ),
})

export const developmentDetailResponse = z.strictObject({
  errors: z.array(z.never()),
  detail: z.array(
    z.strictObject({
      branches: z.array(z.looseObject({ name: z.string(), url: z.url() })),
      pullRequests: z.array(
        z.looseObject({
          id: z.string().regex(/^#\d+$/),
          name: z.string(),
          url: z.url(),
          status: z.enum(['OPEN', 'MERGED', 'DECLINED', 'DRAFT']),
          lastUpdate: time,
          repositoryName: z.string(),
        }),
      ),
      repositories: z.array(
        z.looseObject({
          name: z.string(),
          url: z.url(),
          commits: z.array(z.looseObject({ id: z.string(), url: z.url() })),
        }),
      ),
      _instance: z.looseObject({ id: z.string(), name: z.string(), type: z.string(), baseUrl: z.url() }),
    }),
  ),
})
