import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OWNER } from './access.ts'
import { openDatabase } from './open-database.ts'

const PROGRAM = fileURLToPath(new URL('../testing/commit-forever.ts', import.meta.url))

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))
const dataDir = () => join(directory, 'database')

/** Lets the program acknowledge some commits, kills it in the middle of the next ones, and gives what it acknowledged. */
async function commitAndKill(from: number, count: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--conditions=@millrace/source', PROGRAM, dataDir(), String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const acknowledged: number[] = []
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(Number(line))
    if (acknowledged.length >= count) child.kill('SIGKILL')
  }
  return acknowledged
}

test('every acknowledged commit survives kill -9, again and again, and the dead process holds no lock', {
  timeout: 300_000,
}, async () => {
  const acknowledged: number[] = []
  for (const count of [7, 23, 41, 12]) {
    // One number may be committed and not acknowledged; the next life begins after it.
    acknowledged.push(...(await commitAndKill((acknowledged.at(-1) ?? 0) + 2, count)))
  }
  const db = await openDatabase({ pglite: { dataDir: dataDir() } })
  const rows = await db.query<{ number: number; filler: string }>(OWNER, 'SELECT * FROM numbers ORDER BY number')
  await db.close()
  const found = new Set(rows.map(({ number }) => number))
  expect(acknowledged.filter((number) => !found.has(number))).toEqual([])
  expect(found.size - acknowledged.length).toBeLessThanOrEqual(4)
  // Both statements of a transaction are there, or none.
  const torn = rows.filter(({ number, filler }) => filler !== (found.has(number + 1) ? 'y' : 'x').repeat(2000))
  expect(torn.map(({ number }) => number)).toEqual([])
})

test('a directory that a living process has open is refused, with its number', async () => {
  const db = await openDatabase({ pglite: { dataDir: dataDir() } })
  await expect(openDatabase({ pglite: { dataDir: dataDir() } })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    message: expect.stringContaining(`process ${process.pid} has it open`),
  })
  await db.close()
  await expect(stat(`${dataDir()}.lock`)).rejects.toMatchObject({ code: 'ENOENT' })
  await writeFile(`${dataDir()}.lock`, String(process.ppid))
  await expect(openDatabase({ pglite: { dataDir: dataDir() } })).rejects.toThrow(`process ${process.ppid} has it open`)
})

test('the lock of a process that is gone, or of an earlier one with the same number, is taken over', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => gone.on('exit', resolve))
  for (const owner of [String(gone.pid), String(process.pid), `${process.ppid} 1`]) {
    await writeFile(`${dataDir()}.lock`, owner)
    const db = await openDatabase({ pglite: { dataDir: dataDir() } })
    expect(await readFile(`${dataDir()}.lock`, 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`))
    await db.close()
  }
})
