import { isMillraceError } from '@millrace/core'
import { expect, test } from 'vitest'
import { readCommandLine } from './command-line.ts'
import { type HostOptions, readOptions } from './options.ts'

const GITHUB = { GITHUB_BASE_URL: 'https://api.github.com', GITHUB_TOKEN: 'secret' }
const JIRA = { JIRA_BASE_URL: 'https://acme.atlassian.net', JIRA_EMAIL: 'ann@acme.test', JIRA_API_TOKEN: 'secret' }

function options(argv: readonly string[], environment: { readonly [name: string]: string } = {}): HostOptions {
  const commandLine = readCommandLine(argv)
  if (!commandLine) throw new Error('the command line asked for help')
  return readOptions(commandLine, environment)
}

function mistakes(argv: readonly string[], environment: { readonly [name: string]: string } = {}): string {
  try {
    options(argv, environment)
  } catch (error) {
    if (isMillraceError(error) && error.code === 'INVALID_CONFIG') return error.message
  }
  throw new Error('nothing was wrong')
}

test('without options everything is embedded, and nothing is chosen that the database may know better', () => {
  const { database, source, once } = options([])
  expect(database).toEqual({ kind: 'embedded', directory: expect.stringMatching(/\.millrace.data$/) })
  expect(source).toEqual({ kind: 'simulator', port: 0, site: {} })
  expect(once).toBe(false)
})

test('a database URL counts when it is given as an option, and only then', () => {
  const DATABASE_URL = 'postgres://somebody@elsewhere/else'
  expect(options([], { DATABASE_URL }).database.kind).toBe('embedded')
  const url = 'postgres://me@localhost/mine'
  expect(options(['--database-url', url], { DATABASE_URL }).database).toEqual({ kind: 'server', url })
})

test('a real Jira is named by variables; empty ones count as not set', () => {
  const jira = { baseUrl: JIRA.JIRA_BASE_URL, email: JIRA.JIRA_EMAIL, apiToken: JIRA.JIRA_API_TOKEN }
  expect(options([], JIRA).source).toEqual({ kind: 'real', jira, github: undefined })
  expect(options([], { ...JIRA, JIRA_EMAIL: '' }).source).toMatchObject({ jira: { ...jira, email: undefined } })
  expect(options([], { JIRA_BASE_URL: '', JIRA_EMAIL: '', JIRA_API_TOKEN: '' }).source.kind).toBe('simulator')
})

test('a real GitHub is named by its address, alone or beside a real Jira; a token that lies around is left alone', () => {
  const variables = { ...GITHUB, GITHUB_REPOSITORIES: 'acme/*, other/one' }
  const github = { baseUrl: GITHUB.GITHUB_BASE_URL, token: 'secret', repositories: ['acme/*', 'other/one'] }
  const alone = options([], variables)
  expect(alone.source).toEqual({ kind: 'real', jira: undefined, github })
  expect(alone.database).toEqual({ kind: 'embedded', directory: expect.stringMatching(/\.millrace.github$/) })
  expect(options([], { ...variables, ...JIRA }).source).toMatchObject({ jira: { apiToken: 'secret' }, github })
  expect(options([], { GITHUB_TOKEN: 'secret' }).source.kind).toBe('simulator')
})

test('all mistakes are named at once', () => {
  const found = mistakes(
    ['--issues', 'many', '--port', '70000', '--log-level', 'loud', '--database-url', 'mysql://x'],
    {
      JIRA_API_TOKEN: 'secret',
    },
  )
  for (const name of ['--issues', '--port', '--log-level', '--database-url', 'JIRA_BASE_URL'])
    expect(found).toContain(name)
  expect(found).not.toContain('secret')
})

test.each([
  { argv: [], environment: { JIRA_BASE_URL: JIRA.JIRA_BASE_URL }, says: 'JIRA_API_TOKEN must be set' },
  { argv: ['--issues', '5'], environment: JIRA, says: '--issues must be left out' },
  { argv: [], environment: { GITHUB_BASE_URL: 'https://api.github.com' }, says: 'GITHUB_TOKEN must be set' },
  { argv: ['--pull-requests', '5'], environment: GITHUB, says: '--pull-requests must be left out' },
  {
    argv: ['--data-dir', 'x', '--database-url', 'postgres://localhost/y'],
    environment: {},
    says: '--data-dir must be left out',
  },
  { argv: [], environment: { ...JIRA, JIRA_BASE_URL: 'acme' }, says: 'JIRA_BASE_URL must look like https://' },
])('$says, when that is so', ({ argv, environment, says }) => {
  expect(mistakes(argv, environment)).toContain(says)
})

test('what is no option is a mistake as well', () => {
  expect(mistakes(['--nonsense'])).toContain("unknown option '--nonsense'")
  expect(mistakes(['nonsense'])).toContain('too many arguments')
})
