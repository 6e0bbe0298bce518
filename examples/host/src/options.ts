import { resolve } from 'node:path'
import { MillraceError } from '@millrace/core'
import { z } from 'zod'
import type { CommandLine } from './parse-program.ts'
import type { SiteContent } from './site-content.ts'
import { readVectorChoice, type VectorChoice } from './vectors/vector-choice.ts'

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const

/** Where rows are kept. */
export type DatabaseChoice =
  | { readonly kind: 'embedded'; readonly directory: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'server'; readonly url: string }

/** What is mirrored. */
export type SourceChoice =
  /** Content that is not chosen is what the database already mirrors, or the default. */
  | { readonly kind: 'simulator'; readonly port: number; readonly site: Partial<SiteContent> }
  /** At least one of them. */
  | { readonly kind: 'real'; readonly jira: JiraChoice | undefined; readonly github: GithubChoice | undefined }

export interface JiraChoice {
  readonly baseUrl: string
  readonly email: string | undefined
  readonly apiToken: string
}

export interface GithubChoice {
  readonly baseUrl: string
  readonly token: string
  /** All that the token reaches, when there are none. */
  readonly repositories: readonly string[]
}

export interface HostOptions {
  readonly once: boolean
  readonly full: boolean
  readonly reset: boolean
  readonly quiet: boolean
  readonly logLevel: (typeof LOG_LEVELS)[number]
  readonly database: DatabaseChoice
  readonly source: SourceChoice
  readonly vectors: VectorChoice
  /** Where the key lies that encrypts stored credentials. */
  readonly keyFile: string
  /** Where the interface is served; the usual port, or a free one, when nobody says. */
  readonly httpPort: number | undefined
  readonly batchSize: number | undefined
  readonly maxAttempts: number | undefined
  readonly retries: number | undefined
  /** Shown instead of running anything. */
  readonly sql: string | undefined
}

/** Simulated issues and real ones are never mixed unless somebody asks for it. */
const DEFAULT_DIRECTORY = { simulator: '.millrace/data', jira: '.millrace/jira', github: '.millrace/github' }

/** A whole number in a range, given as text. */
export const count = (least: number, most: number) => {
  const message = `must be a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`
  return z.coerce.number(message).int(message).min(least, message).max(most, message)
}

const flags = z.object({
  once: z.boolean().default(false),
  issues: count(1, 5_000_000).optional(),
  seed: count(0, 2 ** 31 - 1).optional(),
  issueBytes: count(0, 1_000_000).optional(),
  pullRequests: count(0, 1_000_000).optional(),
  port: count(0, 65_535).optional(),
  httpPort: count(0, 65_535).optional(),
  dataDir: z.string().min(1, 'must name a directory').optional(),
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must look like postgres://user@host:5432/database' })
    .optional(),
  full: z.boolean().default(false),
  reset: z.boolean().default(false),
  batchSize: count(1, 100).optional(),
  maxAttempts: count(1, 100).optional(),
  retries: count(0, 20).optional(),
  sql: z.string().min(1, 'must be a statement').optional(),
  quiet: z.boolean().default(false),
  logLevel: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('silent'),
})

const filled = (schema: z.ZodString | z.ZodURL | z.ZodEmail) =>
  z.preprocess((text) => (text === '' ? undefined : text), schema.optional())

const variables = z.object({
  JIRA_BASE_URL: filled(z.url({ protocol: /^https?$/, error: 'must look like https://your-site.atlassian.net' })),
  JIRA_EMAIL: filled(z.email('must be an e-mail address')),
  JIRA_API_TOKEN: filled(z.string()),
  GITHUB_BASE_URL: filled(z.url({ protocol: /^https?$/, error: 'must look like https://api.github.com' })),
  GITHUB_TOKEN: filled(z.string()),
  GITHUB_REPOSITORIES: filled(z.string()),
})

/**
 * Judges what was given. Besides variables with our own name, nothing else is taken from the environment: a `DATABASE_URL` that happens to be set for another
 * program must not have its database migrated.
 *
 * @throws INVALID_CONFIG with every mistake at once
 */
export function readOptions(
  commandLine: CommandLine,
  environment: { readonly [name: string]: string | undefined },
): HostOptions {
  const given = flags.safeParse(commandLine)
  const set = variables.safeParse(environment)
  const mistakes = [
    ...(given.error?.issues ?? []).map(({ path, message }) => `${flagName(String(path[0]))} ${message}`),
    ...(set.error?.issues ?? []).map(({ path, message }) => `${String(path[0])} ${message}`),
    ...contradictions(commandLine, environment),
  ]
  if (!given.success || !set.success || mistakes.length > 0) throw refuse(mistakes)

  const { issues, seed, issueBytes, pullRequests, port = 0, dataDir, databaseUrl, ...rest } = given.data
  const source = realSites(set.data)
  const directory = resolve(
    dataDir === undefined || dataDir === 'memory'
      ? DEFAULT_DIRECTORY[source ? (source.jira ? 'jira' : 'github') : 'simulator']
      : dataDir,
  )
  const site = Object.fromEntries(
    Object.entries({ issues, seed, issueBytes, pullRequests }).filter(([, value]) => value !== undefined),
  )
  return {
    ...rest,
    httpPort: rest.httpPort,
    batchSize: rest.batchSize,
    maxAttempts: rest.maxAttempts,
    retries: rest.retries,
    sql: rest.sql,
    database: databaseUrl
      ? { kind: 'server', url: databaseUrl }
      : dataDir === 'memory'
        ? { kind: 'memory' }
        : { kind: 'embedded', directory },
    source: source ?? { kind: 'simulator', port, site },
    vectors: readVectorChoice(environment),
    keyFile: `${directory}.key`,
  }
}

function realSites(set: z.output<typeof variables>): Extract<SourceChoice, { kind: 'real' }> | undefined {
  const { JIRA_BASE_URL, JIRA_EMAIL: email, JIRA_API_TOKEN: apiToken, GITHUB_BASE_URL, GITHUB_TOKEN: token } = set
  const repositories = set.GITHUB_REPOSITORIES?.split(',').map((name) => name.trim()) ?? []
  const jira = JIRA_BASE_URL && apiToken ? { baseUrl: JIRA_BASE_URL, email, apiToken } : undefined
  const github = GITHUB_BASE_URL && token ? { baseUrl: GITHUB_BASE_URL, token, repositories } : undefined
  return jira || github ? { kind: 'real', jira, github } : undefined
}

const OF_THE_SIMULATOR = ['issues', 'seed', 'issueBytes', 'pullRequests', 'port']

/** What is right by itself and wrong together. */
function contradictions(
  commandLine: CommandLine,
  environment: { readonly [name: string]: string | undefined },
): readonly string[] {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== ''
  const found: string[] = []
  if (isSet('JIRA_BASE_URL')) {
    if (!isSet('JIRA_API_TOKEN')) found.push('JIRA_API_TOKEN must be set as well, because JIRA_BASE_URL is')
  } else if (isSet('JIRA_API_TOKEN') || isSet('JIRA_EMAIL')) {
    found.push('JIRA_BASE_URL must be set as well, because JIRA_API_TOKEN or JIRA_EMAIL is')
  }
  // A token alone says nothing: many programs find one in the environment.
  if (isSet('GITHUB_BASE_URL') && !isSet('GITHUB_TOKEN'))
    found.push('GITHUB_TOKEN must be set as well, because GITHUB_BASE_URL is')
  for (const name of ['JIRA_BASE_URL', 'GITHUB_BASE_URL'].filter(isSet)) {
    const foreign = OF_THE_SIMULATOR.filter((option) => commandLine[option] !== undefined).map(flagName)
    if (foreign.length > 0) found.push(`${foreign.join(', ')} must be left out, because ${name} names a real site`)
  }
  if (commandLine.dataDir !== undefined && commandLine.databaseUrl !== undefined) {
    found.push('--data-dir must be left out, because --database-url names a server')
  }
  return found
}

/** As it is written on the command line. */
export function flagName(property: string): string {
  return `--${property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function refuse(mistakes: readonly string[]): MillraceError {
  return new MillraceError('INVALID_CONFIG', {
    message: `Failed to start: ${mistakes.join('; ')}. Correct ${mistakes.length === 1 ? 'it' : 'them'}; --help lists all options.`,
  })
}
