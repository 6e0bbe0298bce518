import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { EXIT } from './exit-codes.ts'
import { runHostProcess, startHost } from './testing/host-process.ts'
import { realSite, TOKEN } from './testing/real-site.ts'
import { scratchFolder } from './testing/scratch-folder.ts'

// Real processes with real databases: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 300_000 })

const ISSUES = 60

test('a first run mirrors both simulated sites, a second one writes no row, and a statement shows what is there', async () => {
  await using folder = await scratchFolder()
  const dataDir = ['--data-dir', join(folder.path, 'data')]
  const first = await runHostProcess([...dataDir, '--once', '--issues', String(ISSUES), '--pull-requests', '20'])
  expect(first).toMatchObject({ code: EXIT.finished, errors: '' })
  expect(first.output).toMatch(
    /Issues & Changelogs: embed finished[\s\S]*Finished in \d+:\d\d: [\d,]+ rows written, [1-9][\d,]* texts embedded/,
  )
  expect(first.output).toMatch(/\nJira:\n[\s\S]*\n {2}work_items +60\n[\s\S]*\nGitHub:\n[\s\S]*\n {2}prs +20\n/)

  const second = await runHostProcess([...dataDir, '--once'])
  expect(second).toMatchObject({ code: EXIT.finished, errors: '' })
  expect(second.output.match(/Finished in \d+:\d\d: 0 rows written, 0 texts embedded/g)).toHaveLength(2)

  const shown = await runHostProcess([...dataDir, '--sql', 'SELECT count(*) AS issues FROM work_items WHERE active'])
  expect(shown.output).toContain('60')
  const written = await runHostProcess([...dataDir, '--sql', 'DELETE FROM work_items'])
  expect(written).toMatchObject({ code: EXIT.badOptions, errors: expect.stringContaining('read-only transaction') })

  const other = await runHostProcess([...dataDir, '--once', '--issues', '61'])
  expect(other).toMatchObject({
    code: EXIT.badOptions,
    errors: expect.stringMatching(/^INVALID_CONFIG: .* 60 issues .*\n$/),
  })
  const anew = await runHostProcess([
    ...dataDir,
    '--once',
    '--issues',
    '61',
    '--pull-requests',
    '5',
    '--reset',
    '--quiet',
  ])
  expect(anew.output).toMatch(/\n {2}work_items +61\n/)
})

test('without --once it serves on and keeps the schedules, and Ctrl-C ends it in an orderly way', async () => {
  const host = startHost(['--data-dir', 'memory', '--issues', '5', '--pull-requests', '5', '--http-port', '0'])
  expect(await host.says('Serving until Ctrl-C')).toBe(true)
  const [, url] = /Serving (\S+) /.exec(host.output()) ?? []
  const [, email, password] = /Log in as (\S+) with the password (\S+),/.exec(host.output()) ?? []
  const login = await fetch(`${url}/app/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  const { token } = z.object({ token: z.string() }).parse(await login.json())
  const workers = await fetch(`${url}/app/etl/workers`, { headers: { authorization: `Bearer ${token}` } })
  expect(await workers.json()).toContainEqual(expect.objectContaining({ roles: ['scheduler'], state: 'working' }))
  host.child.kill('SIGINT')
  expect(await host.ended).toBe(EXIT.interrupted)
  expect(host.errors()).toBe('')
})

test('a run that was interrupted, or killed, is resumed', async () => {
  await using folder = await scratchFolder()
  const argv = [
    '--data-dir',
    join(folder.path, 'data'),
    '--once',
    '--issues',
    String(ISSUES),
    '--pull-requests',
    '5',
    '--batch-size',
    '5',
  ]
  const interrupted = startHost(argv)
  expect(await interrupted.says('Statuses & Relations: extract started')).toBe(true)
  interrupted.child.kill('SIGINT')
  expect(await interrupted.ended).toBe(EXIT.interrupted)

  const killed = startHost(argv)
  expect(await killed.says('Issues & Changelogs: transform started')).toBe(true)
  killed.child.kill('SIGKILL')
  expect(await killed.ended).toBeNull()

  const last = await runHostProcess(argv)
  expect(last).toMatchObject({ code: EXIT.finished, errors: '' })
  expect(last.output).toContain('Resuming run 1')
  expect(last.output).toMatch(/\n {2}work_items +60\n/)
})

test('a real site is read by its variables, and no log ever holds its token', async () => {
  await using site = await realSite({ issues: ISSUES })
  const ran = await runHostProcess(['--data-dir', 'memory', '--once', '--log-level', 'debug'], site.variables)
  expect(ran.code).toBe(EXIT.finished)
  expect(ran.output).toMatch(/\n {2}work_items +60\n/)
  expect(ran.errors).toContain('"msg"')
  expect(ran.output + ran.errors).not.toContain(TOKEN)
  expect(ran.output + ran.errors).not.toContain(Buffer.from(`ann@acme.test:${TOKEN}`).toString('base64'))
})
