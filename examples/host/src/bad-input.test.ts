import { once } from 'node:events'
import { createServer } from 'node:net'
import type { FaultInput } from '@millrace-examples/simulators'
import { expect, test, vi } from 'vitest'
import { EXIT } from './exit-codes.ts'
import { runHostProcess } from './testing/host-process.ts'
import { realSite } from './testing/real-site.ts'

// Real processes with real databases: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 300_000 })

const ISSUES = 40
const ALWAYS = 1_000_000
const SEARCH = '/rest/api/3/search/jql'

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** Standard error is this one sentence, with its code in front, and nothing else. */
const sentence = (code: string, text: string) =>
  expect.stringMatching(new RegExp(`^${code}: Failed to [^\\n]*${text}[^\\n]*\\n$`))

/** Runs against a site with faults; the summary counts what the database holds. */
async function runWith(faults: FaultInput[], argv: readonly string[] = []) {
  await using site = await realSite({ issues: ISSUES, faults })
  const ran = await runHostProcess(['--data-dir', 'memory', '--once', ...argv], site.variables)
  return { ...ran, workItems: Number(/\n {2}work_items +(\d+)\n/.exec(ran.output)?.[1] ?? 0) }
}

test('an address where nobody answers', async () => {
  const variables = { JIRA_BASE_URL: `http://127.0.0.1:${await closedPort()}`, JIRA_API_TOKEN: 'x' }
  const ran = await runHostProcess(['--data-dir', 'memory', '--once'], variables)
  expect(ran).toMatchObject({ code: EXIT.cannotStart, errors: sentence('HTTP_UNAVAILABLE', 'ECONNREFUSED') })
})

test('an address that is not a Jira', async () => {
  const ran = await runWith([{ kind: 'not-json', times: ALWAYS }])
  expect(ran).toMatchObject({ code: EXIT.badOptions, errors: sentence('NOT_JSON', 'base URL'), workItems: 0 })
})

test('a token that Jira does not know, which it answers with 200 and empty lists', async () => {
  const ran = await runWith([{ kind: 'empty-lists', times: ALWAYS }])
  expect(ran).toMatchObject({ code: EXIT.badOptions, errors: sentence('UNAUTHORIZED', 'token'), workItems: 0 })
})

test('a token that stops being accepted in the middle of the run', async () => {
  const ran = await runWith([{ kind: 'empty-lists', skip: 6, times: ALWAYS }])
  expect(ran).toMatchObject({ code: EXIT.runFailed, errors: '', workItems: 0 })
  expect(ran.output).toContain('UNAUTHORIZED: Failed to')
})

test('a database that cannot be reached', async () => {
  const url = `postgres://me:secret@127.0.0.1:${await closedPort()}/nowhere`
  const ran = await runHostProcess(['--database-url', url, '--once', '--issues', '1'])
  expect(ran).toMatchObject({ code: EXIT.cannotStart, errors: sentence('DATABASE_UNAVAILABLE', 'ECONNREFUSED') })
  expect(ran.output + ran.errors).not.toContain('secret')
})

test('a port that is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const ran = await runHostProcess(['--data-dir', 'memory', '--once', '--port', String(port)])
  server.close()
  expect(ran).toMatchObject({ code: EXIT.cannotStart, errors: sentence('PORT_UNAVAILABLE', String(port)) })
})

test('answers that are not JSON, among good ones, whose issues the census finds missing', async () => {
  const ran = await runWith([{ kind: 'not-json', path: SEARCH, skip: 2, times: 1 }])
  expect(ran).toMatchObject({ code: EXIT.runFailed, errors: '', workItems: ISSUES })
  expect(ran.output).toMatch(
    /What failed \(1\):\n {2}NOT_JSON: Failed to [^\n]*\n {4}in jira_issues_with_changelogs, extraction/,
  )
})

test('a page that is cut in the middle once is read again, and nothing is missing', async () => {
  const ran = await runWith([{ kind: 'cut-body', path: SEARCH, skip: 2, times: 1 }])
  expect(ran).toMatchObject({ code: EXIT.finished, errors: '', workItems: ISSUES })
})

test('pages that are always cut in the middle', async () => {
  const ran = await runWith(
    [{ kind: 'cut-body', path: SEARCH, times: ALWAYS }],
    ['--retries', '0', '--max-attempts', '1'],
  )
  expect(ran).toMatchObject({ code: EXIT.runFailed, errors: '', workItems: 0 })
  expect(ran.output).toMatch(/ {2}HTTP_UNAVAILABLE: Failed to [^\n]* \(and \d+ more like it\)\n/)
})

test('an issue without fields, which the census finds missing, and reads', async () => {
  const ran = await runWith([{ kind: 'missing-fields', path: SEARCH, times: 1 }])
  expect(ran).toMatchObject({ code: EXIT.runFailed, errors: '', workItems: ISSUES })
  expect(ran.output).toMatch(
    /What failed \(1\):\n {2}INVALID_BODY: Failed to [^\n]*fields[^\n]*\n {4}in jira_issues_with_changelogs, transform, raw record \d+, item \d+/,
  )
})
