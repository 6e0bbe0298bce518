import { accessSync, constants, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The folder of PATH, or of these patterns (the last match first, so that newer versions win), that holds all programs. */
export function findProgramFolder(programs: readonly string[], patterns: readonly string[]): string | undefined {
  const known = patterns.flatMap((pattern) =>
    globSync(pattern).sort((a, b) => b.localeCompare(a, undefined, { numeric: true })),
  )
  const folders = [...known, ...(process.env.PATH ?? '').split(delimiter)]
  return folders.find((folder) => programs.every((program) => isExecutable(join(folder, program))))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
