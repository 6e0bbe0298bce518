import { readFileSync } from 'node:fs'
import { MillraceError, ROLES, type Role } from '@millrace/core'
import type { SecretKey } from '@millrace/sink-postgres'
import { z } from 'zod'
import type { IdentityProviderOptions } from '../api/security/identity-provider.ts'
import type { Listen } from '../operations/start-server.ts'
import { count, flagName } from '../options.ts'
import type { CommandLine } from '../parse-program.ts'
import { parseVectorChoice, type VectorChoice } from '../vectors/vector-choice.ts'
import { readIdentityProvider } from './identity-options.ts'
import { parseSecretKeys } from './secret-keys.ts'

export interface ServeOptions {
  /** What this process works on; may be nothing. */
  readonly roles: readonly Role[]
  readonly concurrency: { readonly [role in Role]?: number }
  readonly databaseUrl: string
  readonly connections: number
  /** The broker, where rows travel by one; otherwise workers take them from the ledger. */
  readonly amqp: { readonly url: string; readonly prefix: string } | undefined
  readonly vectors: VectorChoice
  /** The first seals. */
  readonly secretKeys: readonly [SecretKey, ...SecretKey[]]
  readonly migrate: boolean
  /** Where health, readiness and metrics are served, if they are. */
  readonly listen: Listen | undefined
  /** Whether this process shows what is true of the whole system, besides itself. */
  readonly api: boolean
  /** What services show to be let in as such; without it, none are. */
  readonly internalKey: string | undefined
  /** Who vouches for users besides us, if anybody does. */
  readonly identityProvider: IdentityProviderOptions | undefined
  /** Sites besides our own whose pages may call the interface. */
  readonly corsOrigins: readonly string[]
  /** That one address may send, on the interface. */
  readonly requestsPerMinute: number
  /** Whether accounts may lead into private networks. */
  readonly allowPrivateNetworks: boolean
  readonly shutdownDeadlineMs: number
  /** A worker that is silent for so long has its rows taken over. */
  readonly staleAfterMs: number
  readonly otlpEndpoint: string | undefined
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug'
}

const API = 'api'
const API_PORT = 8080
const ALL = [...ROLES, API]

/** Where an option is looked for when the command line does not give it. */
const VARIABLES = {
  roles: 'MILLRACE_ROLES',
  concurrency: 'MILLRACE_CONCURRENCY',
  databaseUrl: 'MILLRACE_DATABASE_URL',
  connections: 'MILLRACE_CONNECTIONS',
  transport: 'MILLRACE_TRANSPORT',
  amqpUrl: 'AMQP_URL',
  amqpPrefix: 'MILLRACE_AMQP_PREFIX',
  secretKeysFile: 'MILLRACE_SECRET_KEYS_FILE',
  secretKeys: 'MILLRACE_SECRET_KEYS',
  host: 'MILLRACE_HOST',
  port: 'MILLRACE_PORT',
  internalKey: 'MILLRACE_INTERNAL_KEY',
  trustedProxies: 'MILLRACE_TRUSTED_PROXIES',
  corsOrigins: 'MILLRACE_CORS_ORIGINS',
  requestsPerMinute: 'MILLRACE_REQUESTS_PER_MINUTE',
  allowPrivateNetworks: 'MILLRACE_ALLOW_PRIVATE_NETWORKS',
  shutdownDeadline: 'MILLRACE_SHUTDOWN_DEADLINE',
  staleAfter: 'MILLRACE_STALE_AFTER',
  otlpEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  logLevel: 'MILLRACE_LOG_LEVEL',
} as const

type OptionName = keyof typeof VARIABLES

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const roles = z.string('must be given').transform((text, context) => {
  const names = list(text)
  const unknown = names.filter((name) => name !== 'all' && !ALL.includes(name))
  if (names.length === 0 || unknown.length > 0) {
    context.addIssue(
      `must name some of ${ALL.join(', ')}, or all${unknown.length > 0 ? `; not ${unknown.join(', ')}` : ''}`,
    )
    return z.NEVER
  }
  return names.includes('all') ? ALL : names
})

const corsOrigins = z
  .string()
  .default('')
  .transform((text, context) => {
    const origins = list(text)
    if (origins.some((origin) => URL.parse(origin)?.origin !== origin)) {
      context.addIssue('must be origins like https://app.example.com, comma-separated')
    }
    return origins
  })

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])

const trustedProxies = z
  .string()
  .default('')
  .transform((text, context) => {
    const networks = list(text)
    if (!z.array(network).safeParse(networks).success) {
      context.addIssue('must be addresses or networks like 10.0.0.0/8, comma-separated')
    }
    return networks
  })

const MOST_ROWS = 1_000
const rows = count(1, MOST_ROWS)

const concurrency = z
  .string()
  .default('')
  .transform((text, context): ServeOptions['concurrency'] => {
    const parts = list(text).map((part) => part.split('=').map((side) => side.trim()))
    const [only] = parts
    if (only && parts.length === 1 && only.length === 1)
      parts.splice(0, 1, ...ROLES.map((role) => [role, only[0] ?? '']))
    const pairs = parts.map(([role = '', given = '']) => ({ role, number: rows.safeParse(given) }))
    const isWrong = pairs.some(({ role, number }) => !number.success || !(ROLES as readonly string[]).includes(role))
    if (isWrong) context.addIssue(`must be a whole number from 1 to ${MOST_ROWS}, or like extract=8,transform=2`)
    return isWrong ? {} : Object.fromEntries(pairs.map(({ role, number }) => [role, number.data]))
  })

const schema = z.object({
  roles,
  concurrency,
  databaseUrl: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be given, and look like postgres://user@host:5432/database',
  }),
  connections: count(1, 1_000).default(10),
  transport: z.enum(['postgres', 'amqp'], 'must be postgres or amqp').default('postgres'),
  amqpUrl: z.url({ protocol: /^amqps?$/, error: 'must look like amqp://user@host:5672' }).optional(),
  amqpPrefix: z
    .string()
    .regex(/^[\w.:-]{0,64}$/, 'must be letters, digits and . : - _ only')
    .default(''),
  host: z.string().min(1, 'must be an address').default('127.0.0.1'),
  port: count(0, 65_535).optional(),
  internalKey: z.string().min(32, 'must have 32 characters at least').optional(),
  trustedProxies,
  corsOrigins,
  requestsPerMinute: count(1, 10_000_000).default(6_000),
  allowPrivateNetworks: z.union([z.boolean(), z.stringbool()], 'must be true or false').default(false),
  migrate: z.boolean().default(false),
  shutdownDeadline: count(0, 3_600).default(25),
  staleAfter: count(1, 3_600).default(20),
  otlpEndpoint: z.url({ protocol: /^https?$/, error: 'must look like http://host:4318' }).optional(),
  logLevel: z.enum(['error', 'warn', 'info', 'debug'], 'must be one of error, warn, info, debug').default('info'),
})

/**
 * Judges what was given. No value is repeated in what it says, because some are secrets.
 *
 * @throws INVALID_CONFIG with every mistake at once
 */
export function readServeOptions(
  commandLine: CommandLine,
  environment: { readonly [name: string]: string | undefined },
): ServeOptions {
  const fromVariables = new Map<string, string>()
  const given: { [name: string]: unknown } = { ...commandLine }
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const value = environment[variable]
    if (given[name] !== undefined || value === undefined || value === '') continue
    given[name] = value
    fromVariables.set(name, variable)
  }
  const nameOf = (option: string): string => fromVariables.get(option) ?? flagName(option)
  const parsed = schema.safeParse(given)
  const keys = readKeys(given)
  const vectors = parseVectorChoice(environment)
  const identity = readIdentityProvider(environment)
  const mistakes = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${nameOf(String(path[0]))} ${message}`),
    ...(parsed.data?.transport === 'amqp' && !parsed.data.amqpUrl
      ? [`${flagName('amqpUrl')} must be given, because ${nameOf('transport')} is amqp`]
      : []),
    ...(typeof keys === 'string' ? [keys] : []),
    ...('mistakes' in vectors ? vectors.mistakes : []),
    ...('mistakes' in identity ? identity.mistakes : []),
  ]
  if (
    !parsed.success ||
    typeof keys === 'string' ||
    'mistakes' in vectors ||
    'mistakes' in identity ||
    mistakes.length > 0
  ) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to serve: ${mistakes.join('; ')}. Correct ${mistakes.length === 1 ? 'it' : 'them'}; --help lists all options.`,
    })
  }
  const {
    roles: named,
    host,
    port,
    shutdownDeadline,
    staleAfter,
    otlpEndpoint,
    transport,
    trustedProxies: proxies,
    amqpUrl,
    amqpPrefix,
    ...rest
  } = parsed.data
  const api = named.includes(API)
  const listenPort = port ?? (api ? API_PORT : undefined)
  return {
    ...rest,
    internalKey: rest.internalKey,
    roles: ROLES.filter((role) => named.includes(role)),
    api,
    secretKeys: keys,
    vectors,
    identityProvider: identity.identityProvider,
    amqp: transport === 'amqp' && amqpUrl ? { url: amqpUrl, prefix: amqpPrefix } : undefined,
    listen:
      listenPort === undefined
        ? undefined
        : { host, port: listenPort, ...(proxies.length > 0 && { trustedProxies: proxies }) },
    shutdownDeadlineMs: shutdownDeadline * 1_000,
    staleAfterMs: staleAfter * 1_000,
    otlpEndpoint,
  }
}

/** The keys, or what is wrong with them. */
function readKeys(given: { readonly [name in OptionName]?: unknown }): ServeOptions['secretKeys'] | string {
  const { secretKeys, secretKeysFile } = given
  const named = `${VARIABLES.secretKeys} or ${flagName('secretKeysFile')}`
  if (typeof secretKeys === 'string') return parseSecretKeys(secretKeys) ?? `${VARIABLES.secretKeys} ${KEY_FORMAT}`
  if (typeof secretKeysFile !== 'string') return `${named} must be given`
  try {
    return (
      parseSecretKeys(readFileSync(secretKeysFile, 'utf8')) ?? `the file of ${flagName('secretKeysFile')} ${KEY_FORMAT}`
    )
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return `the file of ${flagName('secretKeysFile')} must be readable (${code})`
  }
}

const KEY_FORMAT = 'must hold keys of 32 bytes in base64, each after its name and a colon, or one alone'
