import { basename } from 'node:path'
import { githubSchema } from '@millrace-examples/simulators'
import { readRepositoryFile, repositoryFiles } from '../repository/files.ts'
import { renderQueries } from './render-queries.ts'

/** Every file of queries. Beside each lies its TypeScript, named after it. */
export function githubQueryFiles(): readonly string[] {
  return repositoryFiles().filter((file) => file.startsWith('packages/connector-github/') && file.endsWith('.graphql'))
}

export function renderQueryFile(file: string): string {
  return renderQueries(basename(file), readRepositoryFile(file), githubSchema())
}
