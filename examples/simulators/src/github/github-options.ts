import { z } from 'zod'
import { githubFaultSchema } from './faults.ts'

/** The present of a site that is not told otherwise: fixed, so that its content is the same every time. */
const DEFAULT_NOW = Date.UTC(2026, 8, 1, 8, 30)

const siteShape = {
  /** Everything on the site follows from it. @default 1 */
  seed: z.int().default(1),
  /** How many repositories exist; every twentieth belongs to a person, the others to one organization. @default 6 */
  repositories: z.int().min(1).default(6),
  /** How many pull requests exist at the start, a few repositories having most of them. @default 300 */
  pullRequests: z.int().min(0).default(300),
  /** Of each nested list of a pull request, how often it is far longer than usual. @default 0.02 */
  longLists: z.number().min(0).max(1).default(0.02),
  /** The site's present at the start, epoch milliseconds or a Date. @default 2026-09-01T08:30:00Z */
  now: z.union([z.number(), z.date()]).default(DEFAULT_NOW).transform(Number),
  /** Whether the site's time passes by itself; otherwise only `evolve` moves it. @default false */
  clockRuns: z.boolean().default(false),
} as const

export const githubOptionsSchema = z.strictObject({
  ...siteShape,
  /** @default 0, a free port */
  port: z.int().min(0).default(0),
  /** @default '127.0.0.1' */
  host: z.string().default('127.0.0.1'),
  /** Added to every answer, milliseconds. @default 0 */
  latencyMs: z.number().min(0).default(0),
  /** Personal access tokens that are accepted, each with a budget of its own. @default ['demo-token'] */
  tokens: z.array(z.string().min(1)).default(['demo-token']),
  /** A GitHub App that is installed in the organization. @default none */
  app: z
    .strictObject({
      id: z.int(),
      installationId: z.int(),
      /** PEM of the key that its JWTs must be signed with. */
      publicKey: z.string(),
      /** How many requests an installation token serves before it expires; GitHub's live an hour. @default no limit */
      requestsPerToken: z.int().min(1).optional(),
    })
    .optional(),
  /** Points per window and token. A window passes by the site's time. @default 5000 points per hour */
  rateLimit: z
    .strictObject({ points: z.int().min(1), windowMs: z.number().positive() })
    .default({ points: 5000, windowMs: 3_600_000 }),
  /** Requests at once before the secondary limit answers. @default 100 */
  maxConcurrent: z.int().min(1).default(100),
  /** Above so many requested nodes a query takes too long, or more than its share of resources; always the same one. @default never */
  heavy: z.strictObject({ aboveNodes: z.int().min(0), answer: z.enum(['timeout', 'resource-limits']) }).optional(),
  /** Faults to begin with. */
  faults: z.array(githubFaultSchema).default([]),
  /** How many exchanges `requests().responses` remembers. @default 1000 */
  rememberedResponses: z.int().min(0).default(1000),
})

export type GithubOptionsInput = z.input<typeof githubOptionsSchema>
export type GithubOptions = z.output<typeof githubOptionsSchema>
export type GithubSiteOptions = Pick<GithubOptions, keyof typeof siteShape>
