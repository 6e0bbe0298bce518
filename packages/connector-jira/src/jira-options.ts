import { z } from 'zod'

/** Settings and credentials of one account, on Jira Cloud or Data Center. */
export const jiraOptions = z.object({
  /**
   * Where Jira lives: `https://your-site.atlassian.net`. Scoped tokens and service accounts work only through the gateway:
   * `https://api.atlassian.com/ex/jira/{cloudId}`.
   */
  baseUrl: z.url({ protocol: /^https?$/ }),
  /**
   * `data-center`: Jira that a company runs itself. `baseUrl` includes the context path, where it has one; `apiToken` is a
   * personal access token, or the password of `username`.
   */
  deployment: z.enum(['cloud', 'data-center']).default('cloud'),
  /** E-mail address of the account; on Data Center its user name. Absent: `apiToken` is sent as a bearer token. */
  username: z.string().min(1).optional(),
  /** API token of the account, from id.atlassian.com. */
  apiToken: z.string().min(1),
  /** Keys of the projects to read, also ones that they had before. Default: every project that the account may browse. */
  projects: z.array(z.string().min(1)).default([]),
  /** A JQL condition that issues must meet besides, without ORDER BY, such as `labels != private`. Default: none. */
  jql: z.string().trim().min(1).optional(),
  /** Issues per request, 1 to 100. Jira answers with fewer when they are large. */
  issuesPerPage: z.int().min(1).max(100).default(100),
  /**
   * A project of more issues is read as a whole, in its first run and in full syncs, in slices of about this size at most, by
   * when issues were created: then several workers share it. 0: never.
   */
  issuesPerSlice: z.int().min(0).default(2_000),
  /** Read each issue's development panel, where it shows anything: a request, and one more for each kind of detail. */
  includeDevStatus: z.boolean().default(true),
  /** Which kinds of detail: pull requests, branches, and repositories with their commits. Default: all of them. */
  devStatusDetails: z
    .array(z.enum(['pullrequest', 'branch', 'repository']))
    .min(1)
    .default(['pullrequest', 'branch', 'repository']),
  /** How often panels are looked at again whose issues did not change: those that show something. 0: never. */
  devStatusRepollHours: z.number().min(0).default(24),
  /** Panels that show nothing are looked at again while their issue changed within so many days. */
  devStatusRepollDays: z.number().min(0).default(14),
  /** Read links to things outside of Jira: one request for each issue that changed. */
  includeRemoteLinks: z.boolean().default(false),
  /** How often boards and their sprints are read, a request or more per board. 0: never; issues still name their sprints. */
  boardsIntervalHours: z.number().min(0).default(6),
  /** How often each project's issues are counted, to find those that were deleted: one request per 5,000 issues. 0: never. */
  censusIntervalHours: z.number().min(0).default(24),
})

/** What a user gives. */
export type JiraOptions = z.input<typeof jiraOptions>

/** What the connector works with: every default filled in. */
export type JiraConfig = z.output<typeof jiraOptions>
