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
  /** Keys of the projects to read. Default: every project that the account may browse. */
  projects: z.array(z.string().min(1)).default([]),
  /** A JQL condition that issues must meet besides, without ORDER BY, such as `labels != private`. Default: none. */
  jql: z.string().trim().min(1).optional(),
  /** Issues per request, 1 to 100. Jira answers with fewer when they are large. */
  issuesPerPage: z.int().min(1).max(100).default(100),
  /** Read the pull requests of each issue's development panel: two requests or more per issue that has any. */
  includeDevStatus: z.boolean().default(true),
  /** How often each project's issues are counted, to find those that were deleted: one request per 5,000 issues. 0: never. */
  censusIntervalHours: z.number().min(0).default(24),
})

/** What a user gives. */
export type JiraOptions = z.input<typeof jiraOptions>

/** What the connector works with: every default filled in. */
export type JiraConfig = z.output<typeof jiraOptions>
