import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRepositoryFile } from '../scripts/repository/files.ts'
import { repositoryRoot } from '../scripts/repository/root.ts'

/** Every way to take time or randomness from the machine that core must not use. */
const banned = [
  'Date.now()',
  'new Date()',
  'Date()',
  '[1].map(Date.now)',
  'performance.now()',
  'process.hrtime.bigint()',
  'AbortSignal.timeout(5)',
  'setTimeout(() => {}, 5)',
  'setInterval(() => {}, 5)',
  'setImmediate(() => {})',
  'globalThis.setTimeout(() => {}, 5)',
  'globalThis.crypto.randomUUID()',
  'Math.random()',
  'crypto.randomUUID()',
  'crypto.getRandomValues(new Uint8Array(8))',
  'interval(5)',
  'timer(5)',
]

const bannedImports = [
  "import { setTimeout as sleep } from 'node:timers/promises'\nexport { sleep }",
  "import { setTimeout as later } from 'node:timers'\nexport { later }",
  "import { performance as clock } from 'node:perf_hooks'\nexport { clock }",
  "import { randomUUID } from 'node:crypto'\nexport { randomUUID }",
  "import { asyncScheduler } from 'rxjs'\nexport { asyncScheduler }",
]

const allowed = [
  'new Date(0)',
  'Date.parse("2026-01-01T00:00:00Z")',
  '((clock: { now(): number; setTimeout(ms: number): void }) => clock.setTimeout(clock.now()))',
  '((scheduler: object) => timer(5, scheduler))',
]

const programs = [...banned.map((expression) => `export const probe = ${expression}`), ...bannedImports]

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-lint-'))
  const { vcs: _, ...configuration } = JSON.parse(readRepositoryFile('biome.json'))
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(configuration))
  cpSync(join(repositoryRoot, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The files among these that the linter finds fault with. */
function refused(files: Readonly<Record<string, string>>): readonly string[] {
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `${source}\n`)
  }
  const biome = join(repositoryRoot, 'node_modules/.bin/biome')
  const { stdout } = spawnSync(biome, ['lint', '--reporter=github', '--max-diagnostics=none', ...Object.keys(files)], {
    cwd: folder,
    encoding: 'utf8',
  })
  const faults = [...stdout.matchAll(/^::error .*?\bfile=([^,]+)/gm)].map((match) => match[1] ?? '')
  return Object.keys(files).filter((file) => faults.some((fault) => fault.endsWith(file)))
}

function inFolder(parent: string, sources: readonly string[], ending = '.ts'): Record<string, string> {
  return Object.fromEntries(sources.map((source, index) => [`${parent}/probe-${index}${ending}`, source]))
}

describe('time and randomness in core', () => {
  it('are refused, however they are reached', () => {
    const files = inFolder('packages/core/src/engine', programs)
    const faulty = new Set(refused(files))
    const accepted = Object.entries(files).filter(([file]) => !faulty.has(file))
    expect(accepted.map(([, source]) => source)).toEqual([])
  })

  it('are allowed where the real clock and random live', () => {
    expect(refused(inFolder('packages/core/src/system', programs))).toEqual([])
  })

  it('are allowed in tests and in other packages', () => {
    expect(refused(inFolder('packages/core/src/engine', programs, '.test.ts'))).toEqual([])
    expect(refused(inFolder('packages/sink-postgres/src', programs))).toEqual([])
  })

  it('are not suspected where code uses what it was given', () => {
    const sources = allowed.map((expression) => `export const probe = ${expression}`)
    expect(refused(inFolder('packages/core/src/allowed', sources))).toEqual([])
  })
})
