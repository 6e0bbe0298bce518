import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { vector } from '@electric-sql/pglite-pgvector'
import { MillraceError } from '@millrace/core'
import { type Database, openDatabase } from '@millrace/sink-postgres'
import type { DatabaseChoice } from './options.ts'

/** Opens PostgreSQL: on a server, or inside of this process with pgvector at hand. */
export function openStore(choice: DatabaseChoice): Promise<Database> {
  if (choice.kind === 'server') return openDatabase({ url: choice.url })
  const dataDir = choice.kind === 'memory' ? 'memory://' : choice.directory
  return openDatabase({ pglite: { dataDir, extensions: { vector } } })
}

/**
 * The same, where there is a database already: a directory that was mistyped must not become an empty one.
 *
 * @throws DATABASE_UNAVAILABLE when the directory holds none
 */
export async function openExistingStore(choice: DatabaseChoice): Promise<Database> {
  if (choice.kind === 'embedded' && !(await exists(join(choice.directory, 'PG_VERSION')))) {
    throw new MillraceError('DATABASE_UNAVAILABLE', {
      message: `Failed to open the embedded database in ${choice.directory}: there is none. Correct --data-dir, or make one with "npm start" or "millrace migrate up".`,
      retryable: false,
    })
  }
  return openStore(choice)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Without the user and the password that its URL may hold. */
export function describeStore(choice: DatabaseChoice): string {
  switch (choice.kind) {
    case 'memory':
      return 'an embedded database in memory'
    case 'embedded':
      return `the embedded database in ${choice.directory}`
    case 'server': {
      const { host, pathname } = new URL(choice.url)
      return `database ${pathname.slice(1)} on ${host}`
    }
  }
}
