import { z } from 'zod'
import { faultSchema } from './faults.ts'

/** The present of a site that is not told otherwise: fixed, so that its content is the same every time. */
export const DEFAULT_NOW = Date.UTC(2026, 8, 1, 8, 30)

const timeZone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}, 'is no IANA time zone')

export const jiraOptionsSchema = z.strictObject({
  /** Everything on the site follows from it. @default 1 */
  seed: z.int().default(1),
  /** How many issues exist at the start. @default 1000 */
  issues: z.int().min(0).default(1000),
  /** How many live projects there are; one archived and one deleted project come on top. @default 6 */
  projects: z.int().min(1).max(900).default(6),
  /** Average bytes of an issue with its `*navigable` fields; at least the 6.5 KB they take without text. @default 8000 */
  issueBytes: z.int().min(0).default(8000),
  /**
   * A small team's site, where little happens to an issue: histories of a few entries, hardly a comment or worklog, and no
   * custom fields but those that Jira brings along. An issue with its history then takes 6.5 KB and more.
   * @default false
   */
  quiet: z.boolean().default(false),
  /** @default 0, a free port */
  port: z.int().min(0).default(0),
  /** @default '127.0.0.1' */
  host: z.string().default('127.0.0.1'),
  /** Time zone of the user who asks: of JQL literals and of every printed time. @default 'Etc/UTC' */
  timeZone: timeZone.default('Etc/UTC'),
  /** Whether /myself tells the time zone; Jira leaves it out when privacy settings hide it. @default true */
  showTimeZone: z.boolean().default(true),
  /** Added to every answer, milliseconds. @default 0 */
  latencyMs: z.number().min(0).default(0),
  /** The site's present at the start, epoch milliseconds or a Date. @default 2026-09-01T08:30:00Z */
  now: z.union([z.number(), z.date()]).default(DEFAULT_NOW).transform(Number),
  /** Whether the site's time passes by itself; otherwise only `evolve` moves it. @default false */
  clockRuns: z.boolean().default(false),
  /** @default 'demo@example.com' */
  email: z.string().default('demo@example.com'),
  /** @default 'demo-token' */
  token: z.string().default('demo-token'),
  /** Address the site gives itself in `self` links; fixed, so that bodies do not depend on the port. */
  siteUrl: z.url().default('https://acme.atlassian.net'),
  /** Requests per second that each endpoint serves before it answers 429 as real sites do; Jira's default is 100. @default no limit */
  burstLimitPerSecond: z.number().positive().optional(),
  /** Points that tokens at the gateway may spend in a window before they get 429; Jira's smallest quota is 65,000 an hour. @default no limit */
  points: z.strictObject({ quota: z.int().min(1), windowMs: z.int().min(1000).default(3_600_000) }).optional(),
  /** Faults to begin with. */
  faults: z.array(faultSchema).default([]),
  /** Collects requests that the contract refuses or that Atlassian's OpenAPI file, where found, does not allow. @default false */
  validateTraffic: z.boolean().default(false),
  /** Where Atlassian's OpenAPI file is. @default ../shared/api-specs/jira-cloud-v3.json beside the repository */
  openApiFile: z.string().optional(),
  /** How many exchanges `requests().responses` remembers. @default 1000 */
  rememberedResponses: z.int().min(0).default(1000),
})

export type JiraOptionsInput = z.input<typeof jiraOptionsSchema>
export type JiraOptions = z.output<typeof jiraOptionsSchema>
