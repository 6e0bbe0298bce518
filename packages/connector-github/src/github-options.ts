import { z } from 'zod'

const pattern = z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'write it as owner/name or owner/*')
const token = z.string().min(1)

/**
 * Settings and credentials of one GitHub account.
 *
 * Source: https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
 */
export const githubOptions = z
  .strictObject({
    /** The API: `https://api.github.com`, or `https://your-host/api/v3` of an Enterprise Server. */
    baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.github.com'),
    /** A personal access token, classic or fine-grained, or several that share the load. */
    token: z.union([token, z.array(token).min(1)]).optional(),
    /** A GitHub App instead: its installation tokens are made, and renewed, as they are needed. */
    app: z
      .strictObject({
        appId: z.union([z.int(), z.string().min(1)]),
        installationId: z.union([z.int(), z.string().min(1)]),
        /** PEM of a private key of the App. */
        privateKey: z.string().includes('PRIVATE KEY', { message: 'paste the PEM of the private key' }),
      })
      .optional(),
    /** Repositories as `owner/name`; `*` in the name stands for anything. Default: all that the credentials reach. */
    repositories: z.array(pattern).default([]),
    /** Repositories to leave out, written alike. Default: none. */
    exclude: z.array(pattern).default([]),
    /** Only repositories that carry one of these topics. Default: any. */
    topics: z.array(z.string().min(1)).default([]),
    includeArchived: z.boolean().default(true),
    includeForks: z.boolean().default(true),
    /** Read releases too: a point per repository and run, or per 100 releases. */
    releases: z.boolean().default(false),
    /** Read deployments too: a point per repository and run, or per 100 deployments that are new. */
    deployments: z.boolean().default(false),
    /** Pull requests per page to begin with; it shrinks and grows by itself with what the service can bear. */
    pullRequestsPerPage: z.int().min(1).max(50).default(50),
  })
  .refine(({ token, app }) => (token === undefined) !== (app === undefined), {
    path: ['token'],
    message: 'give either a token or an app',
  })

/** What a user gives. */
export type GithubOptions = z.input<typeof githubOptions>

/** What the connector works with: every default filled in. */
export type GithubConfig = z.output<typeof githubOptions>
