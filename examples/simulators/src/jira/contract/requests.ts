import { z } from 'zod'

/**
 * What clients may send. Bodies are strict, as Jira's are: an unknown key is an error. Queries are lenient, as Jira's
 * are: an unknown parameter is ignored.
 */

const integer = z.coerce.number().int()
const paged = { startAt: integer.min(0).default(0) }

/** A list given as a repeated parameter, as a comma-separated one, or as both. */
const listParameter = z.union([z.string(), z.array(z.string())]).transform((value) =>
  [value]
    .flat()
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

const expandParameter = listParameter.default([])

export const projectSearchQuery = z.object({
  ...paged,
  maxResults: integer.min(1).default(50),
  orderBy: z.string().default('key'),
  id: listParameter.optional(),
  keys: listParameter.optional(),
  query: z.string().optional(),
  typeKey: z.string().optional(),
  action: z.enum(['view', 'browse', 'edit', 'create']).default('view'),
  status: listParameter.default(['live']).pipe(z.array(z.enum(['live', 'archived', 'deleted']))),
  expand: expandParameter,
})

export const projectQuery = z.object({ expand: expandParameter })

export const statusSearchQuery = z.object({
  ...paged,
  maxResults: integer.min(1).default(200),
  projectId: z.string().optional(),
  searchString: z.string().optional(),
  statusCategory: z.enum(['TODO', 'IN_PROGRESS', 'DONE']).optional(),
})

export const projectTypesQuery = z.object({ projectId: z.string(), level: integer.optional() })

export const fieldSearchQuery = z.object({
  ...paged,
  maxResults: integer.min(1).default(50),
  type: listParameter.optional(),
  id: listParameter.optional(),
  query: z.string().optional(),
  expand: expandParameter,
})

export const createMetaQuery = z.object({ ...paged, maxResults: integer.min(1).default(50) })

export const searchQuery = z.object({
  jql: z.string().default(''),
  nextPageToken: z.string().optional(),
  maxResults: integer.default(50),
  fields: listParameter.optional(),
  expand: expandParameter,
  reconcileIssues: listParameter.optional(),
})

const expandString = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )

export const searchBody = z.strictObject({
  jql: z.string().default(''),
  nextPageToken: z
    .string()
    .nullish()
    .transform((token) => token ?? undefined),
  maxResults: z.int().default(50),
  fields: z.array(z.string()).optional(),
  expand: expandString,
  properties: z.array(z.string()).max(5).optional(),
  fieldsByKeys: z.boolean().optional(),
  reconcileIssues: z.array(z.int()).max(50).optional(),
})

/** A search, whichever way it was sent. */
export interface SearchRequest {
  readonly jql: string
  readonly nextPageToken?: string | undefined
  readonly maxResults: number
  readonly fields?: readonly string[] | undefined
  readonly expand: readonly string[]
}

/** The search of Data Center, which Cloud has removed. */
export const offsetSearchBody = z.strictObject({
  jql: z.string().default(''),
  startAt: z.int().min(0).default(0),
  maxResults: z.int().min(0).default(50),
  validateQuery: z.boolean().default(true),
  fields: z.array(z.string()).default(['*navigable']),
  expand: z.array(z.string()).default([]),
})

export const projectListQuery = z.object({
  expand: expandParameter,
  includeArchived: z.stringbool().default(false),
})

export const agileQuery = z.object({ ...paged, maxResults: integer.min(1).default(50) })

export const countBody = z.strictObject({ jql: z.string().default('') })

export const bulkFetchBody = z.strictObject({
  issueIdsOrKeys: z.array(z.string()),
  fields: z.array(z.string()).optional(),
  expand: z.array(z.string()).default([]),
  properties: z.array(z.string()).max(5).optional(),
  fieldsByKeys: z.boolean().optional(),
})

export const bulkChangelogBody = z.strictObject({
  issueIdsOrKeys: z.array(z.string()).min(1),
  fieldIds: z.array(z.string()).max(10).optional(),
  maxResults: z.int().min(1).max(10_000).default(1000),
  nextPageToken: z
    .string()
    .nullish()
    .transform((token) => token ?? undefined),
})
export type BulkChangelogRequest = z.output<typeof bulkChangelogBody>

export const issueQuery = z.object({ fields: listParameter.optional(), expand: expandParameter })

export const changelogQuery = z.object({ ...paged, maxResults: integer.min(0).default(100) })

export const commentQuery = z.object({
  ...paged,
  maxResults: integer.min(0).default(100),
  orderBy: z.enum(['created', '-created', '+created']).default('created'),
})

export const worklogQuery = z.object({
  ...paged,
  maxResults: integer.min(0).default(5000),
  startedAfter: integer.optional(),
  startedBefore: integer.optional(),
})

export const developmentSummaryQuery = z.object({ issueId: z.string().regex(/^\d+$/) })

export const developmentDetailQuery = z.object({
  issueId: z.string().regex(/^\d+$/),
  applicationType: z.string(),
  dataType: z.enum(['pullrequest', 'branch', 'repository', 'commit', 'build']),
})

export const noQuery = z.object({})
