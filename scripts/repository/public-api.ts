import { posix } from 'node:path'
import { readRepositoryFile } from './files.ts'
import { listWorkspaces, type Workspace } from './workspaces.ts'

/** Where the public API is written down, relative to the root. */
export const publicApiFile = 'tests/public-api.golden.txt'

/**
 * The named exports of every entry point of every published package, one a line, values and types apart. Types that are not
 * exported by name are no part of the API, however visible their shape is.
 */
export function renderPublicApi(): string {
  return listWorkspaces()
    .filter((workspace) => workspace.kind === 'package')
    .flatMap(entryPoints)
    .map(({ specifier, file }) => [specifier, ...exportsOf(readRepositoryFile(file), file)].join('\n  '))
    .join('\n\n')
    .concat('\n')
}

function entryPoints(workspace: Workspace): readonly { specifier: string; file: string }[] {
  return Object.entries(workspace.manifest.exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            specifier: posix.join(workspace.manifest.name, subpath),
            file: posix.join(workspace.folder, target['@millrace/source']),
          },
        ],
  )
}

/** `type Name` and `value name`, sorted. The entry file may only list names; `export *` is refused. */
export function exportsOf(source: string, file: string): readonly string[] {
  if (/^export\s+(?:type\s+)?\*/m.test(source)) {
    throw new Error(`Failed to list the exports of ${file}: it has an "export *". List every public name instead.`)
  }
  return [...listedExports(source), ...declaredExports(source)].sort()
}

function listedExports(source: string): readonly string[] {
  return [...source.matchAll(/^export\s+(type\s+)?\{([^}]*)\}/gm)].flatMap(([, typeList, names]) =>
    withoutComments(names ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => {
        const isType = typeList !== undefined || name.startsWith('type ')
        const exported = name.replace(/^type\s+/, '').replace(/^.*\sas\s+/, '')
        return `${isType ? 'type' : 'value'} ${exported}`
      }),
  )
}

function declaredExports(source: string): readonly string[] {
  const declaration =
    /^export\s+(?:declare\s+|abstract\s+|async\s+)*(const|let|function\*?|class|type|interface)\s+(\w+)/gm
  return [...source.matchAll(declaration)].map(
    ([, keyword, name]) => `${keyword === 'type' || keyword === 'interface' ? 'type' : 'value'} ${name}`,
  )
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}
