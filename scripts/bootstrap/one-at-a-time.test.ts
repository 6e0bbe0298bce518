import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'

const SCRIPTS = new URL('..', import.meta.url).pathname
const LOG = 'made.log'

/** Notes that it was begun, and goes on once the file `go` is there. */
const slowly = (what: string, made: string): string => `
  import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
  import { setTimeout } from 'node:timers/promises'
  appendFileSync(process.env.CHECKOUT + '/${LOG}', '${what}\\n')
  while (!existsSync(process.env.CHECKOUT + '/go')) await setTimeout(20)
  ${made}`

const VITE = slowly('build', `mkdirSync(process.env.CHECKOUT + '/examples/host/dashboard/dist', { recursive: true })`)
const NPM = slowly(
  'install',
  `const vite = process.env.CHECKOUT + '/node_modules/vite/bin'
  mkdirSync(vite, { recursive: true })
  writeFileSync(vite + '/vite.js', process.env.VITE)
  writeFileSync(process.env.CHECKOUT + '/node_modules/.package-lock.json', '{"packages":{}}')`,
)

let checkout: string

/** A checkout in which nothing was made yet, with an npm and a vite that tell what they do. */
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'millrace-checkout-'))
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ type: 'module', devDependencies: { node: process.versions.node } }),
    'package-lock.json': '{"packages":{}}',
    'npm.js': NPM,
    'examples/host/dashboard/index.html': '<html></html>',
    'examples/host/src/api/contract/jobs.ts': 'export {}',
    'examples/host/src/main.ts': `console.log('started')`,
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(checkout, path, '..'), { recursive: true })
    await writeFile(join(checkout, path), content)
  }
  await cp(join(SCRIPTS, 'bootstrap.mjs'), join(checkout, 'scripts/bootstrap.mjs'))
  await cp(join(SCRIPTS, 'bootstrap'), join(checkout, 'scripts/bootstrap'), { recursive: true })
})

const groups = new Set<number>()

afterEach(async () => {
  for (const group of groups) endGroup(group)
  groups.clear()
  await rm(checkout, { recursive: true })
})

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function start() {
  const program = spawn(process.execPath, ['scripts/bootstrap.mjs', 'examples/host/src/main.ts'], {
    cwd: checkout,
    env: { PATH: process.env.PATH, CHECKOUT: checkout, VITE, npm_execpath: join(checkout, 'npm.js') },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it started ends with it.
    detached: true,
  })
  const group = Number(program.pid)
  groups.add(group)
  let said = ''
  program.stderr.on('data', (chunk) => {
    said += chunk
  })
  const ended = Promise.all([text(program.stdout), once(program, 'exit')])
  return {
    group,
    said: () => said,
    ended: ended.then(([output, [code, signal]]) => ({ output, code, signal, said })),
  }
}

const made = () => readFile(join(checkout, LOG), 'utf8').catch(() => '')
const go = () => writeFile(join(checkout, 'go'), '')
const STARTED = { code: 0, output: 'started\n' }

test('of two programs that are started at once, one makes what is missing and the other waits for it', async () => {
  const both = [start(), start()]
  await expect.poll(() => both.map(({ said }) => said()).join('')).toContain('Waiting for process')
  await go()
  expect(await Promise.all(both.map(({ ended }) => ended))).toMatchObject([STARTED, STARTED])
  expect(await made()).toBe('install\nbuild\n')
})

test('who waits for a process that is killed makes what is missing itself', async () => {
  const killed = start()
  await expect.poll(made).toBe('install\n')
  const next = start()
  await expect.poll(next.said).toContain(`Waiting for process ${killed.group}`)
  endGroup(killed.group)
  await killed.ended
  await go()
  expect(await next.ended).toMatchObject(STARTED)
  expect(await made()).toBe('install\ninstall\nbuild\n')
})
