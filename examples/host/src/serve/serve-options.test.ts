import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMillraceError } from '@millrace/core'
import { expect, test } from 'vitest'
import { scratchFolder } from '../testing/scratch-folder.ts'
import { readServeCommand } from './serve-command.ts'
import { readServeOptions, type ServeOptions } from './serve-options.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const NEEDED = { MILLRACE_DATABASE_URL: 'postgres://me:s3cret@localhost/mine', MILLRACE_SECRET_KEYS: KEY }

function options(argv: readonly string[], environment: { readonly [name: string]: string } = NEEDED): ServeOptions {
  const commandLine = readServeCommand(argv)
  if (!commandLine) throw new Error('the command line asked for help')
  return readServeOptions(commandLine, environment)
}

function mistakes(argv: readonly string[], environment: { readonly [name: string]: string } = NEEDED): string {
  try {
    options(argv, environment)
  } catch (error) {
    if (isMillraceError(error) && error.code === 'INVALID_CONFIG') return error.message
  }
  throw new Error('nothing was wrong')
}

test('a worker listens nowhere unless it is told to, and stops within 25 s', () => {
  expect(options(['--roles', 'extract, transform'])).toMatchObject({
    roles: ['extract', 'transform'],
    api: false,
    listen: undefined,
    shutdownDeadlineMs: 25_000,
    staleAfterMs: 20_000,
    connections: 10,
    migrate: false,
  })
})

test('the role api listens on 8080, of this machine only, and all is all', () => {
  expect(options(['--roles', 'all'])).toMatchObject({
    api: true,
    listen: { host: '127.0.0.1', port: 8080 },
  })
  expect(options(['--roles', 'all']).roles).toEqual(expect.arrayContaining(['extract', 'transform', 'embed']))
  expect(options(['--roles', 'api', '--port', '0']).listen?.port).toBe(0)
  expect(options(['--roles', 'api', '--trusted-proxies', '10.0.0.0/8, ::1']).listen?.trustedProxies).toEqual([
    '10.0.0.0/8',
    '::1',
  ])
})

test('every option may come from its variable, and the command line wins', () => {
  const environment = { ...NEEDED, MILLRACE_ROLES: 'embed', MILLRACE_SHUTDOWN_DEADLINE: '3', MILLRACE_CONNECTIONS: '4' }
  expect(options([], environment)).toMatchObject({ roles: ['embed'], shutdownDeadlineMs: 3_000, connections: 4 })
  expect(options(['--roles', 'extract'], environment).roles).toEqual(['extract'])
})

test('rows travel by a broker only where that is asked for, also when there is one', () => {
  const environment = { ...NEEDED, AMQP_URL: 'amqp://localhost' }
  expect(options(['--roles', 'api'], environment).amqp).toBeUndefined()
  expect(
    options(['--roles', 'api', '--amqp-prefix', 'test.'], { ...environment, MILLRACE_TRANSPORT: 'amqp' }).amqp,
  ).toEqual({
    url: 'amqp://localhost',
    prefix: 'test.',
  })
})

test('how long a process may be silent is said in seconds', () => {
  expect(options(['--roles', 'api', '--stale-after', '5']).staleAfterMs).toBe(5_000)
  expect(mistakes(['--roles', 'api', '--stale-after', '0'])).toContain('--stale-after must be a whole number from 1')
})

test.each([
  ['3', { extract: 3, transform: 3, embed: 3 }],
  ['extract=8, transform=2', { extract: 8, transform: 2 }],
])('concurrency %s', (given, expected) => {
  expect(options(['--roles', 'all', '--concurrency', given]).concurrency).toMatchObject(expected)
})

test('several keys are read, from a variable or a file, and the first one seals', async () => {
  const other = Buffer.alloc(32, 9).toString('base64')
  const ids = (from: ServeOptions) => from.secretKeys.map(({ id }) => id)
  expect(ids(options(['--roles', 'api'], { ...NEEDED, MILLRACE_SECRET_KEYS: `new:${other},${KEY}` }))).toEqual([
    'new',
    'host',
  ])
  await using folder = await scratchFolder()
  const path = join(folder.path, 'keys')
  await writeFile(path, `new:${other}\nold:${KEY}\n`)
  const { MILLRACE_SECRET_KEYS: _keys, ...rest } = NEEDED
  expect(ids(options(['--roles', 'api', '--secret-keys-file', path], rest))).toEqual(['new', 'old'])
})

test('an identity provider is known by its keys, its issuer and whom its tokens are for', () => {
  const jwks = { MILLRACE_JWKS_URL: 'http://localhost:9/jwks', MILLRACE_JWT_ISSUER: 'me', MILLRACE_JWT_AUDIENCE: 'us' }
  expect(options(['--roles', 'api'], { ...NEEDED, ...jwks }).identityProvider).toEqual({
    ...{ jwksUrl: 'http://localhost:9/jwks', issuer: 'me', audience: 'us' },
    ...{ tenantClaim: 'tenant_id', roleClaim: 'role', clockToleranceSeconds: 30 },
  })
  const more = { MILLRACE_JWT_TENANT_CLAIM: 'org', MILLRACE_JWT_ROLE_CLAIM: 'r.s', MILLRACE_JWT_CLOCK_TOLERANCE: '0' }
  expect(options(['--roles', 'api'], { ...NEEDED, ...jwks, ...more }).identityProvider).toMatchObject({
    ...{ tenantClaim: 'org', roleClaim: 'r.s', clockToleranceSeconds: 0 },
  })
  expect(options(['--roles', 'api']).identityProvider).toBeUndefined()
})

test('all mistakes are named at once, and no value is repeated', () => {
  const found = mistakes(['--concurrency', 'loud', '--port', '70000', '--log-level', 'shout'], {
    MILLRACE_ROLES: 'cook',
    MILLRACE_DATABASE_URL: 'mysql://me:s3cret@localhost',
    MILLRACE_SECRET_KEYS: 'c2hvcnQtczNjcmV0',
    MILLRACE_CONNECTIONS: '0',
    MILLRACE_TRUSTED_PROXIES: '10.0.0.0/8, everybody',
    MILLRACE_EMBEDDINGS: 'magic',
    MILLRACE_JWKS_URL: 'http://id.example.com/s3cret',
    MILLRACE_JWT_CLOCK_TOLERANCE: 'long',
  })
  for (const name of [
    'MILLRACE_ROLES must name some of',
    'MILLRACE_DATABASE_URL must be given, and look like',
    'MILLRACE_SECRET_KEYS must hold keys of 32 bytes',
    'MILLRACE_CONNECTIONS must be a whole number',
    '--concurrency must be',
    '--port must be',
    '--log-level must be one of',
    'MILLRACE_TRUSTED_PROXIES must be addresses or networks',
    'MILLRACE_EMBEDDINGS must be auto, offline or hash',
    'MILLRACE_JWKS_URL must begin with https://',
    'MILLRACE_JWT_CLOCK_TOLERANCE must be a whole number',
  ]) {
    expect(found).toContain(name)
  }
  expect(found).not.toMatch(/s3cret|c2hvcnQ/)
})

test.each([
  { argv: [], environment: NEEDED, says: '--roles must be given' },
  { argv: ['--roles', 'api'], environment: {}, says: '--database-url must be given' },
  { argv: ['--roles', 'api'], environment: {}, says: 'MILLRACE_SECRET_KEYS or --secret-keys-file must be given' },
  { argv: ['--roles', 'all', '--concurrency', 'cook=2'], environment: NEEDED, says: '--concurrency must be' },
  {
    argv: ['--roles', 'api', '--secret-keys-file', '/nowhere/keys'],
    environment: { MILLRACE_DATABASE_URL: NEEDED.MILLRACE_DATABASE_URL },
    says: 'must be readable (ENOENT)',
  },
  {
    argv: ['--roles', 'api', '--transport', 'amqp'],
    environment: NEEDED,
    says: '--amqp-url must be given, because --transport is amqp',
  },
  {
    argv: ['--roles', 'api', '--transport', 'pigeon'],
    environment: NEEDED,
    says: '--transport must be postgres or amqp',
  },
  {
    argv: ['--roles', 'api'],
    environment: { ...NEEDED, MILLRACE_JWT_ISSUER: 'https://id.example.com' },
    says: 'MILLRACE_JWKS_URL must be given, because MILLRACE_JWT_ISSUER is',
  },
  {
    argv: ['--roles', 'api'],
    environment: { ...NEEDED, MILLRACE_JWKS_URL: 'https://id.example.com/jwks' },
    says: 'MILLRACE_JWT_ISSUER must be given, because MILLRACE_JWKS_URL is; MILLRACE_JWT_AUDIENCE must be given',
  },
  {
    argv: ['--roles', 'api'],
    environment: { ...NEEDED, MILLRACE_QDRANT_API_KEY: 'any' },
    says: 'MILLRACE_QDRANT_URL must be given, because MILLRACE_QDRANT_API_KEY is',
  },
  { argv: ['--nonsense'], environment: NEEDED, says: "unknown option '--nonsense'" },
])('$says, when that is so', ({ argv, environment, says }) => {
  expect(mistakes(argv, environment)).toContain(says)
})
