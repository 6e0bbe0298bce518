import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readRepositoryFile } from '../scripts/repository/files.ts'
import { listWorkspaces, readManifest } from '../scripts/repository/workspaces.ts'

const workspaces = listWorkspaces()

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      link: z.boolean().default(false),
      resolved: z.string().optional(),
      dependencies: z.record(z.string(), z.string()).default({}),
      optionalDependencies: z.record(z.string(), z.string()).default({}),
      peerDependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
})

const lock = lockSchema.parse(JSON.parse(readRepositoryFile('package-lock.json'))).packages

/** As Node resolves: the nearest node_modules on the way up to the root. */
function locate(name: string, importer: string): string | undefined {
  for (let folder = importer; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (lock[candidate] !== undefined) return lock[candidate].link ? lock[candidate].resolved : candidate
    if (folder === '') return undefined
  }
}

/** Everything that whoever installs this workspace gets, by its place in the lock file. */
function productionClosure(folder: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const waiting = [folder]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (seen.has(place)) continue
    seen.add(place)
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = lock[place] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = locate(name, place)
      if (found !== undefined) waiting.push(found)
    }
  }
  return seen
}

const permissive = new Set(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'])

/** An SPDX expression holds when one side of an OR, or both sides of an AND, are permissive. */
function isPermissive(expression: string): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((license) => permissive.has(license)))
}

describe('dependencies', () => {
  it.each(workspaces)('of $folder are under permissive licences, all the way down', ({ folder }) => {
    const others = [...productionClosure(folder)].filter(
      (place) => !isPermissive(lock[place]?.license ?? 'none stated'),
    )
    expect(others.map((place) => `${place}: ${lock[place]?.license ?? 'none stated'}`)).toEqual([])
  })

  it.each([{ folder: '.' }, ...workspaces])(
    'of $folder are pinned exactly, except what its user provides',
    ({ folder }) => {
      const { dependencies, devDependencies, optionalDependencies } = readManifest(folder)
      const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
        ([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range),
      )
      expect(loose).toEqual([])
    },
  )

  it('have one version each, wherever we name them', () => {
    const versions = new Map<string, Set<string>>()
    for (const { manifest } of [{ manifest: readManifest('.') }, ...workspaces]) {
      for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
        versions.set(name, (versions.get(name) ?? new Set()).add(version))
      }
    }
    expect(
      [...versions].filter(([, found]) => found.size > 1).map(([name, found]) => `${name}: ${[...found].join(', ')}`),
    ).toEqual([])
  })

  it('are locked for every platform, without which npm refuses the lock file everywhere', () => {
    const missing = Object.entries(lock).flatMap(([place, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter((name) => locate(name, place) === undefined),
    )
    expect(missing, 'A version was published for some platforms only: pin one that is complete.').toEqual([])
  })

  it('are locked by content, and by no particular registry', () => {
    const foreign = Object.entries(lock).filter(([, entry]) => entry.resolved?.includes('://'))
    expect(foreign.map(([place]) => place)).toEqual([])
  })
})
