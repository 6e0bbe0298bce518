import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './root.ts'

/** Every file that is, or would be, committed: what git tracks and what it does not ignore. Relative to the root, sorted. */
export function repositoryFiles(): readonly string[] {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(listing.split('\0'))]
    .filter((file) => file !== '' && existsSync(join(repositoryRoot, file)))
    .sort()
}

export function readRepositoryFile(file: string): string {
  return readFileSync(join(repositoryRoot, file), 'utf8')
}
