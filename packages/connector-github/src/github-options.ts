import { z } from 'zod'

/**
 * Settings and credentials of one GitHub account.
 *
 * Source: https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
 */
export const githubOptions = z.strictObject({
  /** GraphQL endpoint without `/graphql`; a GitHub Enterprise Server has its own. @default 'https://api.github.com' */
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.github.com'),
  /** A personal access token, classic or fine-grained, that may read the repositories. */
  token: z.string().min(1),
  /** Repositories as `owner/name`, or all of an owner as `owner/*`. */
  repositories: z.array(z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'write it as owner/name or owner/*')).min(1),
  /** Pull requests per page; it shrinks by itself when the service cannot bear it. @default 25 */
  pullRequestsPerPage: z.int().min(1).max(100).default(25),
})

/** What `githubOptions` accepts. */
export type GithubOptions = z.input<typeof githubOptions>
