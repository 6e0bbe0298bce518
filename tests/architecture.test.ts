import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRepositoryFile, repositoryFiles } from '../scripts/repository/files.ts'
import { importsOf } from '../scripts/repository/imports.ts'
import { listWorkspaces, readManifest, type Workspace } from '../scripts/repository/workspaces.ts'
import { arrows, topLevelEntries } from './architecture-rules.ts'

const files = repositoryFiles()
const workspaces = listWorkspaces()
const packages = workspaces.filter((workspace) => workspace.kind === 'package')
const sources = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.endsWith('.d.ts'))
const rootDevDependencies = Object.keys(readManifest('.').devDependencies)

const isTest = (file: string): boolean => /\.test(-d)?\.tsx?$/.test(file)

/** `@scope/name/deep` and `name/deep` without what is deep. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Every import of every source of a workspace, each with the file it stands in. */
function importsIn(workspace: Workspace): readonly { file: string; specifier: string }[] {
  return sources
    .filter((file) => file.startsWith(`${workspace.folder}/`))
    .flatMap((file) => importsOf(readRepositoryFile(file)).map((specifier) => ({ file, specifier })))
}

describe('the arrows between packages', () => {
  it.each(packages)('$folder imports only what it may', (workspace) => {
    const allowed = arrows[workspace.folder]
    expect(allowed, `Say in tests/architecture-rules.ts what ${workspace.folder} may import.`).toBeDefined()

    const forbidden = importsIn(workspace).filter(({ file, specifier }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return false
      const name = packageOf(specifier)
      const rooms = Object.entries(allowed?.rooms ?? {}).filter(([room]) =>
        file.startsWith(`${workspace.folder}/${room}/`),
      )
      if ([...(allowed?.everywhere ?? []), ...rooms.flatMap(([, names]) => names)].includes(name)) return false
      const isOurs = name.startsWith('@millrace/')
      return !(
        isTest(file) &&
        !isOurs &&
        [...rootDevDependencies, ...Object.keys(workspace.manifest.devDependencies)].includes(name)
      )
    })

    expect(forbidden).toEqual([])
  })

  it.each(packages)('$folder declares what it may import, and nothing else', ({ folder, manifest }) => {
    const allowed = arrows[folder]
    const names = [...(allowed?.everywhere ?? []), ...Object.values(allowed?.rooms ?? {}).flat()]
    const declared = Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    })
    // What a package imports may bring its types along.
    expect(declared.filter((name) => !names.includes(name.replace(/^@types\//, '')))).toEqual([])
  })

  it.each(workspaces)('$folder reaches other workspaces by their name, never by their path', (workspace) => {
    const outside = importsIn(workspace).filter(
      ({ file, specifier }) =>
        specifier.startsWith('.') &&
        // What starts a program on the pinned Node belongs to the repository.
        posix.join(posix.dirname(file), specifier) !== 'scripts/bootstrap.mjs' &&
        !posix.join(posix.dirname(file), specifier).startsWith(`${workspace.folder}/`),
    )
    expect(outside).toEqual([])
  })
})

describe('core', () => {
  it('knows no provider, not even by name', () => {
    const core = files.filter((file) => file.startsWith('packages/core/src/'))
    expect(core.filter((file) => /jira|github/i.test(`${file}\n${readRepositoryFile(file)}`))).toEqual([])
  })
})

describe('packages', () => {
  it('never read the environment: configuration is what their caller passes', () => {
    const code = sources.filter((file) => file.startsWith('packages/') && !isTest(file))
    expect(code.filter((file) => /\bprocess\.env\b/.test(readRepositoryFile(file)))).toEqual([])
  })

  it.each(packages)('$folder has the shape that every package has', ({ folder, manifest }) => {
    const name = folder.slice('packages/'.length)
    const wanted = ['README.md', 'src/index.ts', 'tsconfig.json'].map((file) => `${folder}/${file}`)
    expect(wanted.filter((file) => !files.includes(file))).toEqual([])
    expect(manifest).toMatchObject({
      name: `@millrace/${name}`,
      version: readManifest('packages/core').version,
      description: expect.any(String),
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=22.15' },
      files: ['dist', '!dist/.tsbuildinfo', 'src', '!src/**/*.test.ts'],
    })
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      const path = subpath === '.' ? 'index' : `${subpath.slice(2)}/index`
      expect(target).toEqual({
        '@millrace/source': `./src/${path}.ts`,
        types: `./dist/${path}.d.ts`,
        default: `./dist/${path}.js`,
      })
    }
  })

  it.each(packages)('$folder is compiled as every package is', ({ folder, manifest }) => {
    const { references, ...rest } = JSON.parse(readRepositoryFile(`${folder}/tsconfig.json`))
    expect(rest).toEqual({
      extends: '../../tsconfig.base.json',
      compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' },
      include: ['src'],
      exclude: ['src/**/*.test.ts', 'src/**/*.test-d.ts'],
    })
    const ours = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) =>
      name.startsWith('@millrace/'),
    )
    expect(references).toEqual(ours.map((name) => ({ path: `../${name.slice('@millrace/'.length)}` })))
  })
})

describe('the tree', () => {
  it('has only the top-level entries that the design names', () => {
    const entries = new Set(files.map((file) => file.split('/')[0] ?? ''))
    expect([...entries].filter((entry) => !entry.startsWith('.') && !topLevelEntries.includes(entry))).toEqual([])
  })

  it('has no file or folder that could hold anything', () => {
    const vague = /^(utils?|helpers?|types|common|managers?|misc)$|-(utils?|helpers?|managers?)$/
    expect(files.filter((file) => file.split('/').some((part) => vague.test(part.split('.')[0] ?? '')))).toEqual([])
  })

  it('names sources in kebab-case', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/
    // A migration is named as the database remembers it.
    const migration = /\/migrations\/\d{4}_[a-z0-9_]+\.ts$/
    expect(sources.filter((file) => !kebab.test(posix.basename(file)) && !migration.test(file))).toEqual([])
  })

  it('has no source above 400 lines, and 95 % of them below 250', () => {
    const sizes = sources.map((file) => ({ file, lines: readRepositoryFile(file).split('\n').length }))
    expect(sizes.filter(({ lines }) => lines > 400)).toEqual([])

    const long = sizes.filter(({ lines }) => lines >= 250)
    expect(long.length / sizes.length, JSON.stringify(long)).toBeLessThanOrEqual(0.05)
  })

  it('keeps every README within 120 lines', () => {
    const readmes = files.filter((file) => posix.basename(file) === 'README.md')
    expect(readmes.filter((file) => readRepositoryFile(file).split('\n').length > 121)).toEqual([])
  })
})

describe('reading imports', () => {
  it('finds static, re-exporting, side-effect, dynamic and type imports, and no examples in comments', () => {
    const source = [
      "import { a } from 'one'",
      'import {',
      '  b,',
      "} from './two.ts'",
      "export type { C } from 'three'",
      "import 'four'",
      "const five = await import('five')",
      "type Six = import('six').Six",
      '/**',
      " * import { x } from 'commented'",
      " * await import('commented too')",
      ' */',
      "// import('commented as well')",
    ].join('\n')

    expect([...importsOf(source)].sort()).toEqual(['./two.ts', 'five', 'four', 'one', 'six', 'three'])
  })
})
