import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { PGlite } from '@electric-sql/pglite'
import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, test } from 'vitest'

const PROGRAM = new URL('./mirror-jira.ts', import.meta.url)
const GUIDE = new URL('../../../docs/guides/mirror-jira.md', import.meta.url)

test('a program mirrors a site into a database of its own, and goes on where it was killed or stopped', {
  timeout: 600_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-mirror-'))
  const site = await startJiraSimulator({ issues: 60, validateTraffic: true })
  const MILLRACE_KEY = randomBytes(32).toString('base64')
  const start = (): ChildProcess =>
    spawn(process.execPath, ['--conditions=@millrace/source', PROGRAM.pathname], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        ...{ JIRA_BASE_URL: site.url, JIRA_EMAIL: 'demo@example.com', JIRA_API_TOKEN: 'demo-token', MILLRACE_KEY },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  try {
    // No run can end before its process is told to.
    site.faults.add({ kind: 'latency', path: '*/search/jql', ms: 600_000, times: 1_000 })
    const killed = start()
    await says(killed, /^run 1: [1-9]\d* rows/)
    killed.kill('SIGKILL')
    await once(killed, 'exit')

    const stopped = start()
    await says(stopped, /^run 1: [1-9]\d* rows/)
    stopped.kill('SIGTERM')
    expect(await once(stopped, 'exit')).toEqual([0, null])

    site.faults.clear()
    const last = start()
    await says(last, /^run 1 finished/)
    last.kill('SIGTERM')
    expect(await once(last, 'exit')).toEqual([0, null])

    const db = await PGlite.create(join(folder, 'jira-data'))
    const shown = await db.exec(await recipe())
    await db.close()
    expect(shown.at(-1)?.rows).toHaveLength(site.counts().issues)
    expect(site.violations()).toEqual([])
  } finally {
    await site.close()
    await rm(folder, { recursive: true })
  }
})

test('the guide shows the very program', async () => {
  const guide = await readFile(GUIDE, 'utf8')
  expect(guide).toContain(`\`\`\`ts\n${await readFile(PROGRAM, 'utf8')}\`\`\``)
})

/** The statements by which the guide looks at the rows. */
async function recipe(): Promise<string> {
  const [, sql = ''] = /```sql\n([\s\S]*?)```/.exec(await readFile(GUIDE, 'utf8')) ?? []
  return sql
}

async function says(program: ChildProcess, what: RegExp): Promise<void> {
  for await (const line of createInterface({ input: program.stdout as NodeJS.ReadableStream })) {
    if (what.test(line)) return
  }
  throw new Error(`The program ended without saying ${what}.`)
}
